import type { Issue } from '../../denial/issue.js';
import { integerIssues } from '../../options/integer.js';
import type { FederationIssuer, FederationIssuers } from '../../principal/token/issuer/federation-issuers.js';
import { isIdentifier } from '../../principal/token/text/registered-claims.js';
import type { FederationRow } from '../../store/rows.js';

/**
 * Rule of a federation, not yet checked. The rule describes the tokens of an external issuer that the federation
 * accepts and exchanges.
 */
export interface FederationRule {
  /** Exact value of the `iss` claim. Must be one of the issuers that the operator allows. */
  readonly issuer: string;
  /** Audience that a token must have (`aud` claim). */
  readonly audience: string;
  /**
   * Claims that a token must contain with exactly these values. At least one of the claims must identify the workload
   * permanently.
   */
  readonly matches: Readonly<Record<string, string>>;
  /** Lifetime of the tokens that are issued in exchange, in seconds, from 60 to 86,400. @default 900 */
  readonly ttlSeconds?: number | undefined;
  /**
   * True if each token may be exchanged only once.
   *
   * @default the default of the issuer, which is true for GitHub Actions and GitLab
   */
  readonly once?: boolean | undefined;
}

const MAX_MATCHES = 20;
const MIN_TTL_SECONDS = 60;
const MAX_TTL_SECONDS = 86_400;
const DEFAULT_TTL_SECONDS = 900;

/** Standard claims that are checked for every token. A rule must not contain them in `matches`. */
const CHECKED = ['iss', 'aud', 'exp', 'iat', 'nbf', 'jti'];

/** Checks a rule and fills in its defaults. Returns the issues found if the rule is invalid. */
export function checkFederationRule(
  issuers: FederationIssuers,
  { issuer, audience, matches, ttlSeconds = DEFAULT_TTL_SECONDS, once }: FederationRule,
): Omit<FederationRow, 'keyId' | 'oid'> | readonly Issue[] {
  const known = issuers.get(issuer);
  if (known === undefined) {
    const names = [...issuers.keys()].join(', ') || 'none';
    return [{ field: 'issuer', message: `must be one that the operator allows: ${names}` }];
  }
  const issues: Issue[] = [];
  if (!isIdentifier(audience)) issues.push({ field: 'audience', message: 'must be a text of 1 to 512 characters' });
  issues.push(...integerIssues('ttl_seconds', ttlSeconds, { least: MIN_TTL_SECONDS, most: MAX_TTL_SECONDS }));
  const flaw = matchesFlaw(known, matches) ?? requiredFlaw(known, matches);
  if (flaw !== undefined) issues.push({ field: 'match', message: flaw });
  if (issues.length > 0) return issues;
  return { issuer, audience, matches: { ...matches }, ttlSeconds, once: once ?? known.once };
}

/**
 * Returns an error message if a claim in `matches` contradicts a claim that the operator requires in all tokens of the
 * issuer, such as `typ: 'Bearer'`. A rule may add requirements, but must not contradict the requirements of the
 * operator.
 */
export function requiredFlaw(
  { entry: { requiredClaims = {} } }: Pick<FederationIssuer, 'entry'>,
  matches: Readonly<Record<string, string>>,
): string | undefined {
  for (const [claim, value] of Object.entries(matches)) {
    const required = Object.hasOwn(requiredClaims, claim) ? requiredClaims[claim] : undefined;
    if (required !== undefined && ![required].flat().includes(value)) {
      return `must not have another ${claim} than the tokens of the issuer: ${[required].flat().join(', ')}`;
    }
  }
  return undefined;
}

function matchesFlaw(
  { immutableClaims, reusedClaims }: FederationIssuer,
  matches: Readonly<Record<string, string>>,
): string | undefined {
  const given = Object.entries(matches);
  if (given.length > MAX_MATCHES) return `must have at most ${MAX_MATCHES} claims`;
  for (const [claim, value] of given) {
    if (!isIdentifier(claim) || !isIdentifier(value)) return 'must be claims with texts of 1 to 512 characters';
    if (CHECKED.includes(claim)) return `must not have ${claim}, which is checked by itself`;
    if (value.includes('*')) return `must be exact: the value of ${claim} has a wildcard`;
  }
  if (given.some(([claim]) => immutableClaims.includes(claim))) return undefined;
  const reused = given.map(([claim]) => claim).find((claim) => Object.hasOwn(reusedClaims, claim));
  if (reused === undefined) return `must have one of ${immutableClaims.join(', ')}`;
  return `must have ${reusedClaims[reused]}: ${reused} is a name, which something else can have later`;
}
