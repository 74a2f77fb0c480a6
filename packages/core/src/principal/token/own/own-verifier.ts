import type { Outcome } from '../../../denial/denial.js';
import { deny } from '../../../denial/denial-table.js';
import { decodeToken } from '../text/decode.js';
import { isIdentifier } from '../text/registered-claims.js';
import type { IssuerOptions } from '../verifier-options.js';
import { createTokenVerifier, type VerifiedToken } from '../verify.js';

/** A verified token that this Flairgate instance issued, with its audiences. */
export interface OwnToken extends VerifiedToken {
  readonly audience: string | readonly string[];
  /** True if one of the token's audiences is this Flairgate instance. */
  readonly forUs: boolean;
}

/** Function that verifies a token that this Flairgate instance issued, for any audience. */
export type OwnVerifier = (text: string) => Promise<Outcome<OwnToken>>;

/** Options of `createOwnVerifier`. */
export interface OwnVerifierOptions {
  readonly issuer: IssuerOptions;
  readonly maxTokenBytes: number;
  /** Returns the current time in milliseconds since the Unix epoch. */
  readonly clock: () => number;
}

const MAX_AUDIENCES = 64;

/**
 * Creates the verifier with which a Flairgate instance checks its own tokens. The verifier is used when a service
 * introspects a caller's token, and when a service exchanges a caller's token to act for the caller.
 *
 * The verifier applies every rule except the audience rule, because a service sends tokens whose audience is that
 * service. The code that calls the verifier must check the audience in the result.
 *
 * @example
 * const issuer = ownIssuer({ tokens, catalogue, store, clock: Date.now });
 * const verifyOwn = createOwnVerifier({ issuer, maxTokenBytes: 8192, clock: Date.now });
 */
export function createOwnVerifier({ issuer, maxTokenBytes, clock }: OwnVerifierOptions): OwnVerifier {
  return async (text) => {
    const audience = text.length > maxTokenBytes ? undefined : readAudience(text);
    if (audience === undefined) return deny('ERR_TOKEN_INVALID', { reason: 'token: aud' });
    // The audience is read before the token is verified. The signature, which is verified next, covers the audience.
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
