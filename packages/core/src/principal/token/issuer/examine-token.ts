import { keyFlaw } from '../check-signature.js';
import { isForeignSignature } from '../foreign/foreign-signature.js';
import { type DecodedToken, decodeToken } from '../text/decode.js';
import { IGNORABLE_HEADER_MEMBERS, readHeader, type TokenHeader } from '../text/header.js';
import { readRegisteredClaims } from '../text/registered-claims.js';
import { type IssuerOptions, type IssuerRules, readIssuers } from '../verifier-options.js';
import { readClaim } from './claim-path.js';

/**
 * A rule that a token from an external issuer breaks, and how to fix the problem. An external issuer is an issuer other
 * than this Flairgate instance. The text contains no part of the token.
 */
export interface TokenFinding {
  readonly rule: 'form' | 'issuer' | 'header' | 'claims' | 'key' | 'signature';
  readonly text: string;
}

/**
 * Explains to the operator why this service refuses a token from an external issuer. Returns every rule that the token
 * breaks, but at most one broken rule for the standard claims, such as `aud` and `exp`.
 *
 * The issuer's keys are fetched last, so all other rules are checked without a network connection.
 *
 * @throws OptionError for invalid options.
 * @example
 * const issuer = oidcIssuer({ provider: 'auth0', issuer: 'https://tenant.eu.auth0.com/', audience: 'api', fetch });
 * const findings = await examineToken(text, issuer, Date.now());
 */
export async function examineToken(
  text: string,
  options: IssuerOptions,
  nowMs: number,
): Promise<readonly TokenFinding[]> {
  const [rules] = readIssuers([options], new Set()).values();
  const token = decodeToken(text);
  if (rules === undefined || typeof token === 'string') return [{ rule: 'form', text: formText(token) }];
  const findings: TokenFinding[] = [];
  const header = readHeader(token.header, rules);
  if (token.payload.iss !== rules.issuer) {
    const hint = sameButSlash(token.payload.iss, rules.issuer) ? '; they differ in the slash at the end' : '';
    findings.push({ rule: 'issuer', text: `iss must be exactly ${rules.issuer}${hint}` });
  }
  if (typeof header === 'string') findings.push({ rule: 'header', text: headerText(header, rules) });
  findings.push(...claimFindings(token, rules, nowMs));
  if (typeof header !== 'string') findings.push(...(await keyFindings(token, header, rules)));
  return findings;
}

function formText(flaw: unknown): string {
  const what = flaw === 'not three parts' ? 'it must have three parts separated by dots' : `its ${flaw} cannot be read`;
  return `it is not a signed JWT of canonical base64url and JSON without duplicate members: ${what}`;
}

function sameButSlash(given: unknown, expected: string): boolean {
  const bare = (text: string) => text.replace(/\/$/, '');
  return typeof given === 'string' && bare(given) === bare(expected);
}

function headerText(flaw: string, { types, ignoredMembers }: IssuerRules): string {
  if (flaw === 'typ') {
    const known = types === 'any' ? [] : [...types].map((type) => (type === '' ? 'none' : type));
    return `typ must be ${known.join(' or ')}; see types`;
  }
  if (flaw !== 'header member') return `${flaw} must be a text of 1 to 256 characters`;
  const allowed = ['alg', 'typ', 'kid', ...ignoredMembers].join(', ');
  return `only ${allowed} are allowed; ignoredHeaderMembers can allow ${IGNORABLE_HEADER_MEMBERS.join(', ')}`;
}

/** Returns the message for an invalid standard claim (a claim that is checked in every token). */
function claimText(flaw: string, rules: IssuerRules): string {
  const { audience, audienceClaim, maxTokenSeconds, clockToleranceSeconds } = rules;
  const texts: Readonly<Record<string, string>> = {
    [audienceClaim]: `${audienceClaim} must contain ${[...audience].join(' or ')}`,
    aud: `aud must contain ${[...audience].join(' or ')}`,
    jti: 'jti must be a text; an issuer without it needs requireJti: false',
    expired: 'it has expired',
    'issued in the future': `iat is more than ${clockToleranceSeconds} s in the future; compare the clocks`,
    'not yet valid': `nbf is more than ${clockToleranceSeconds} s in the future; compare the clocks`,
    lifetime: `exp must be after iat, by at most ${maxTokenSeconds} s; see maxTokenSeconds`,
    iat: 'iat must be an integer',
    exp: 'exp must be an integer',
    nbf: 'nbf must be an integer',
    sub: 'sub must be a text of 1 to 512 printable characters',
  };
  return texts[flaw] ?? `${flaw} is not valid`;
}

function claimFindings({ payload }: DecodedToken, rules: IssuerRules, nowMs: number): readonly TokenFinding[] {
  const registered = readRegisteredClaims({ ...payload, iss: rules.issuer }, rules, nowMs);
  const flaws = typeof registered === 'string' ? [claimText(registered, rules)] : [];
  const missing = rules.requiredClaims
    .filter(({ path, values }) => !values.has(readClaim(payload, path)))
    .map(({ path, values }) => `${path.join('.')} must be ${[...values].join(' or ')}`);
  const rights = rules.readRights?.(payload);
  const shapes = typeof rights === 'string' ? [`${rights} is not of the shape that rights expects`] : [];
  return [...flaws, ...missing, ...shapes].map((text) => ({ rule: 'claims', text }));
}

async function keyFindings(
  token: DecodedToken,
  header: TokenHeader,
  { keys, algorithms }: IssuerRules,
): Promise<readonly TokenFinding[]> {
  if (!algorithms.has(header.alg)) return [{ rule: 'key', text: `alg must be one of ${[...algorithms].join(', ')}` }];
  try {
    if (keys.find(header.kid, header.alg) === undefined) await keys.refresh?.(header.kid);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return [{ rule: 'key', text: `the keys of the issuer cannot be read${cause}` }];
  }
  const key = keys.find(header.kid, header.alg);
  if (key === undefined) return [{ rule: 'key', text: 'no usable key of the issuer has this kid and alg' }];
  const isSigned = keyFlaw({ token, header }, key) === undefined && (await isForeignSignature(token, key));
  return isSigned ? [] : [{ rule: 'signature', text: 'the signature is not one of this key over this token' }];
}
