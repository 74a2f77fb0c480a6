import type { Outcome } from '../../../denial/denial.js';
import { deny } from '../../../denial/denial-table.js';
import { decodeToken } from '../text/decode.js';
import { isIdentifier } from '../text/registered-claims.js';
import type { IssuerOptions } from '../verifier-options.js';
import { createTokenVerifier, type VerifiedToken } from '../verify.js';

/** A token of ours with the audiences it names. */
export interface OwnToken extends VerifiedToken {
  readonly audience: string | readonly string[];
  /** Whether it is for this Flairgate itself. */
  readonly forUs: boolean;
}

/** Verifies a token that this Flairgate issued, whomever it is for. */
export type OwnVerifier = (text: string) => Promise<Outcome<OwnToken>>;

export interface OwnVerifierOptions {
  readonly issuer: IssuerOptions;
  readonly maxTokenBytes: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const MAX_AUDIENCES = 64;

/**
 * Makes the verifier of the issuer itself, for introspection and for the exchange on behalf.
 *
 * A token is judged by every rule there is, but the audience may be any: services ask about tokens sent to them. Who
 * asks must compare the audience, which the answer names.
 */
export function createOwnVerifier({ issuer, maxTokenBytes, clock }: OwnVerifierOptions): OwnVerifier {
  return async (text) => {
    const audience = text.length > maxTokenBytes ? undefined : readAudience(text);
    if (audience === undefined) return deny('ERR_TOKEN_INVALID', { reason: 'token: aud' });
    // Nothing is proved by reading it first: the signature must hold over the audience that was read.
    const verify = createTokenVerifier({ issuers: [{ ...issuer, audience }], maxTokenBytes, clock });
    const verified = await verify(text, clock());
    if (!verified.allowed) return verified;
    const ours = [issuer.audience].flat();
    const forUs = [audience].flat().some((name) => ours.includes(name));
    return { allowed: true, value: { ...verified.value, audience, forUs } };
  };
}

function readAudience(text: string): string | readonly string[] | undefined {
  const token = decodeToken(text);
  if (typeof token === 'string') return undefined;
  const { aud } = token.payload;
  if (isIdentifier(aud)) return aud;
  const several = Array.isArray(aud) && aud.length > 0 && aud.length <= MAX_AUDIENCES;
  return several && aud.every(isIdentifier) ? aud : undefined;
}
