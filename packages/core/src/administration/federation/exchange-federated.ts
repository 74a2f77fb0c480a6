import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues } from '../../denial/issue.js';
import { toDotted } from '../../permission/grammar.js';
import { isSuspended } from '../../principal/key/suspended.js';
import { invalidReason, readSubject, type Subject } from '../../principal/read-subject.js';
import type { FederationIssuers } from '../../principal/token/issuer/federation-issuers.js';
import type { TokenGrant } from '../../principal/token/own/token-mint.js';
import { isIdentifier } from '../../principal/token/text/registered-claims.js';
import { createTokenVerifier, type VerifiedToken } from '../../principal/token/verify.js';
import { notInitialized } from '../../store/initialize.js';
import type { FederationRow, RevisionRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { useOnce } from '../command/use-once.js';
import type { ExchangeContext } from '../exchange/exchange-context.js';
import { requiredFlaw } from './check-rule.js';

/** Dependencies of {@link exchangeFederated}. */
export interface FederationContext extends Pick<ExchangeContext, 'store' | 'catalogue' | 'now' | 'mint'> {
  readonly issuers: FederationIssuers;
  /** Maximum size of an external issuer's token, in bytes. */
  readonly maxTokenBytes: number;
}

export interface FederatedInput {
  /** The external issuer's token, which identifies the workload. */
  readonly subjectToken: string;
  /** Id of the federation, as returned by `createFederation`. */
  readonly federationId: string;
  /** Audience of the issued token. @default this Flairgate instance */
  readonly audience?: string | undefined;
  /** Permissions to which the issued token is limited. @default all permissions of the federation */
  readonly permissions?: readonly string[] | undefined;
}

/** A token that was issued to a federation's workload. */
export interface FederatedToken {
  readonly jwt: string;
  /** Expiry time, in seconds since the Unix epoch. */
  readonly expiresAt: number;
  /** Permissions of the token, sorted. */
  readonly permissions: readonly string[];
}

/**
 * Exchanges an external issuer's token for a token with the rights of a federation. The external issuer's token must
 * have the audience and all claims that the rule of the federation requires.
 *
 * Refuses with the same error, `ERR_TOKEN_INVALID`, in all of these cases: the federation is unknown; the federation
 * does not accept the token; the token was exchanged before, and the federation accepts each token only once. Refuses
 * unknown permissions with `ERR_VALIDATION`.
 *
 * @throws UnavailableError if the store or the issuer's public keys cannot be read
 * @see RFC 8693 §2, RFC 7523 §2.1
 * @example
 * const outcome = await exchangeFederated(federationContext, { subjectToken, federationId: id });
 */
export async function exchangeFederated(
  context: FederationContext,
  { subjectToken, federationId, audience, permissions: scope }: FederatedInput,
): Promise<Outcome<FederatedToken>> {
  const wanted = scope?.map(toDotted);
  const unknown = (wanted ?? []).filter((name) => !context.catalogue.has(name));
  if (unknown.length > 0) {
    return denyIssues([{ field: 'scope', message: 'must be permissions of the catalogue' }]);
  }
  if (!isIdentifier(federationId)) return denyFederated('no such federation');
  const found = await context.store.read((tx) => findFederation(tx, federationId, context.now()));
  if (typeof found === 'string') return denyFederated(found);
  const verified = await verifySubjectToken(context, found.rule, subjectToken);
  if (!verified.allowed) return verified;
  if (found.rule.once) {
    const { issuer, tokenId: id = '', expiresAt } = verified.value.claims;
    const isFirst = await useOnce(context, { issuer, id, endsAt: expiresAt * 1000 });
    if (!isFirst) return { ...denyFederated('used before'), ...federatedCaller(found) };
  }
  const grant = { ...federatedGrant(context, found, wanted), ...(audience === undefined ? {} : { audience }) };
  const minted = context.mint(grant);
  if (!minted.allowed) return minted;
  const { jwt, expiresAt } = minted.value;
  const permissions = grant.organizations.flatMap((organization) => organization.permissions);
  return allow({ jwt, expiresAt, permissions: [...permissions].sort() });
}

interface FoundFederation {
  readonly rule: FederationRow;
  readonly subject: Subject;
  readonly revision: RevisionRow;
}

async function findFederation(tx: ReadTransaction, keyId: string, now: number): Promise<FoundFederation | string> {
  const key = await tx.get('key', { keyId });
  const rule = await tx.get('federation', { keyId });
  if (key === undefined || rule === undefined || key.kind !== 'federation') return 'no such federation';
  const dead = invalidReason(key, now);
  if (dead !== undefined) return dead;
  if (await isSuspended(tx)) return 'suspended until a restore is confirmed';
  const subject = await readSubject(tx, key);
  if (typeof subject === 'string') return subject;
  const revision = await tx.get('revision', { id: 1 });
  if (revision === undefined) throw notInitialized();
  return { rule, subject, revision };
}

async function verifySubjectToken(
  { issuers, maxTokenBytes, now }: FederationContext,
  { issuer, audience, matches, once }: FederationRow,
  token: string,
): Promise<Outcome<VerifiedToken>> {
  const known = issuers.get(issuer);
  if (known === undefined) return denyFederated('the operator no longer allows its issuer');
  if (requiredFlaw(known, matches) !== undefined) return denyFederated('a match contradicts the issuer');
  const { entry } = known;
  const requiredClaims = { ...entry.requiredClaims, ...matches };
  const options = { ...entry, audience, requiredClaims, ...(once ? { requireJti: true } : {}) };
  const verify = createTokenVerifier({ issuers: [options], maxTokenBytes, clock: now });
  const verified = await verify(token, now());
  return verified.allowed || verified.code === 'ERR_TOKEN_TOO_LARGE' ? verified : denyFederated(verified.reason);
}

function federatedGrant(
  { catalogue }: FederationContext,
  { rule, subject: { key, identity, access }, revision }: FoundFederation,
  wanted: readonly string[] | undefined,
): TokenGrant {
  const organizations = [...access].map(([oid, { grants, flairs }]) => ({
    oid,
    permissions: catalogue.expand(grants).filter((name) => wanted === undefined || wanted.includes(name)),
    flairs,
  }));
  return {
    subject: identity.id,
    secretId: identity.secretId,
    kind: 'federation',
    keyId: key.keyId,
    ident: key.name,
    uid: undefined,
    shape: organizations.length === 1 ? 'organization' : 'user',
    organizations,
    narrowed: wanted !== undefined,
    incarnation: revision.incarnation,
    revision: revision.n,
    expiry: rule.ttlSeconds,
    notAfter: key.expiresAt ?? Number.POSITIVE_INFINITY,
  };
}

/** Returns the federation in the form of the caller of a denial, so that the refusal is recorded in the audit. */
function federatedCaller({ subject: { key, identity, access } }: FoundFederation): Pick<Denial, 'caller'> {
  return { caller: { identity: identity.id, ident: key.name, organizations: [...access.keys()] } };
}

function denyFederated(reason: string): Denial {
  return deny('ERR_TOKEN_INVALID', { reason: `federation: ${reason}` });
}
