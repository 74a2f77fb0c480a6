import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { serves } from '../../permission/serves.js';
import { identOf, principalKindOf } from '../../principal/build.js';
import { denyKey, type FoundKey } from '../../principal/key/key-lookup.js';
import { createKeyVerifier } from '../../principal/key/key-verifier.js';
import { createRangeCheck } from '../../principal/key/ranges.js';
import { isSuspended } from '../../principal/key/suspended.js';
import type { Principal, PrincipalKind } from '../../principal/principal.js';
import { invalidReason } from '../../principal/read-subject.js';
import { denyToken } from '../../principal/token/deny-token.js';
import type { OwnToken, OwnVerifier } from '../../principal/token/own/own-verifier.js';
import { decodeToken } from '../../principal/token/text/decode.js';
import type { Revision } from '../../revision/revision.js';
import type { Flair } from '../../store/flair.js';
import type { ServicePolicy } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ExchangeContext } from '../exchange/exchange-context.js';

/** Dependencies of the commands that services call. */
export interface ServiceAuthContext extends ExchangeContext {
  /** Issuer of this Flairgate: the `iss` claim of the tokens that it issues. */
  readonly issuer: string;
  readonly revision: Revision;
  readonly verifyToken: OwnVerifier;
}

/**
 * A caller's valid credential, limited to the organizations that the service serves. Times are in milliseconds since
 * the Unix epoch.
 */
export interface PresentedCredential {
  readonly kind: PrincipalKind;
  readonly subject: string;
  readonly secretId: string;
  readonly name: string;
  readonly ident: string;
  readonly keyId: string | undefined;
  readonly uid: string | undefined;
  /** `organization` if the credential belongs to one organization, `user` if it is valid in a user's organizations. */
  readonly shape: 'organization' | 'user';
  readonly organizations: readonly {
    readonly oid: string;
    readonly permissions: readonly string[];
    readonly flairs: readonly Flair[];
    readonly owner: boolean;
  }[];
  readonly incarnation: string;
  /** Revision (change counter) at which the key was read or the token was issued. */
  readonly revision: number;
  readonly notAfter: number;
  /** True if the credential is a secret that is being rotated out, or a token issued in exchange for such a secret. */
  readonly retiring: boolean;
  /** CIDR ranges; an empty list means any address. */
  readonly ranges: readonly string[];
  /** Audience of a token. Undefined for a key. */
  readonly audience: string | readonly string[] | undefined;
  /** True for a key, and for a token whose audience is this Flairgate. */
  readonly forUs: boolean;
  readonly actors: readonly string[];
}

/** The requesting service, and its policy as read from the store. */
export interface ServiceState {
  readonly principal: Principal;
  readonly policy: ServicePolicy;
  readonly notAfter: number;
}

/** Reads a service's key from the store instead of a cache, so that a key that was just revoked is refused. */
export async function readService(
  tx: ReadTransaction,
  principal: Principal,
  now: number,
): Promise<Outcome<ServiceState>> {
  const key = principal.keyId === undefined ? undefined : await tx.get('key', { keyId: principal.keyId });
  if (principal.kind !== 'service' || key?.kind !== 'service' || key.policy === null) {
    return deny('ERR_KEY_INVALID', { reason: 'key of no service' });
  }
  if (invalidReason(key, now) !== undefined) return deny('ERR_KEY_INVALID', { reason: 'service key ended' });
  if (await isSuspended(tx)) return deny('ERR_KEY_INVALID', { reason: 'every key is suspended' });
  return allow({ principal, policy: key.policy, notAfter: key.expiresAt ?? Infinity });
}

/**
 * The requesting service, and the credential that the service's caller presented. `presented` is a denial if that
 * credential is not valid.
 */
export interface ServiceRequest {
  readonly service: ServiceState;
  readonly presented: Outcome<PresentedCredential>;
}

/**
 * Reads a credential that a service received from its caller. For a key, the rights are read from the primary database.
 * For a token, the rights are read from the token's claims.
 *
 * Treats a credential as unknown if it is valid only in organizations that the service does not serve, or if it is the
 * key of a service.
 */
export async function findPresentedCredential(
  context: ServiceAuthContext,
  principal: Principal,
  text: string,
): Promise<Outcome<ServiceRequest>> {
  const { store, now, revision, verifyToken } = context;
  if (typeof decodeToken(text) === 'string') return readKey(context, principal, text);
  if (!revision.current()) await revision.ensureCurrent();
  const service = await store.read((tx) => readService(tx, principal, now()));
  if (!service.allowed) return service;
  const verified = await verifyToken(text);
  const presented = verified.allowed ? fromToken(verified.value, context, service.value.policy) : verified;
  return allow({ service: service.value, presented });
}

async function readKey(
  context: ServiceAuthContext,
  principal: Principal,
  text: string,
): Promise<Outcome<ServiceRequest>> {
  const { now, keyVerifier = createKeyVerifier(context) } = context;
  const read = await keyVerifier.verifyForService({
    text,
    // Lookups queue per service, not per client address, because the address that a service reports may be false.
    line: `service ${principal.identity}`,
    keyId: principal.keyId ?? null,
    readService: (tx) => readService(tx, principal, now()),
  });
  if (!read.allowed) return read;
  const { service, found } = read.value;
  return allow({ service, presented: found.allowed ? fromKey(found.value, context, service.policy) : found });
}

function fromKey(
  { subject, secret, revision }: FoundKey,
  context: ServiceAuthContext,
  policy: ServicePolicy,
): Outcome<PresentedCredential> {
  const { key, identity } = subject;
  if (key.kind === 'service') return denyKey('of a service');
  const organizations = [...subject.access]
    .filter(([oid]) => serves(policy, oid))
    .map(([oid, { grants, flairs, owner }]) => ({ oid, permissions: context.catalogue.expand(grants), flairs, owner }));
  if (policy.organizations !== 'all' && organizations.length === 0) return denyKey('of organizations not served');
  return allow({
    kind: principalKindOf(key.kind),
    subject: identity.id,
    secretId: identity.secretId,
    name: key.name,
    ident: identOf(subject),
    keyId: key.keyId,
    uid: key.uid ?? undefined,
    shape: key.uid === null ? 'organization' : 'user',
    organizations,
    incarnation: revision.incarnation,
    revision: revision.n,
    notAfter: Math.min(key.expiresAt ?? Infinity, secret.endsAt ?? Infinity),
    retiring: secret.endsAt !== null,
    ranges: key.ranges,
    audience: undefined,
    forUs: true,
    actors: [],
  });
}

function fromToken(
  { claims, rights, audience, forUs }: OwnToken,
  { revision }: ServiceAuthContext,
  policy: ServicePolicy,
): Outcome<PresentedCredential> {
  const { own } = claims;
  if (own === undefined || own.incarnation !== revision.incarnation) return denyToken('of another incarnation');
  const { kind, secretId, ident, keyId, uid, actors } = own;
  const lineage = {
    rev: own.revision,
    keyId,
    uid,
    organizations: rights.organizations,
    signingKey: claims.signingKey,
    actors,
    checkedAt: -1,
  };
  if (!revision.alive(lineage)) return denyToken('ended by a change');
  const organizations = rights.organizations
    .filter((oid) => serves(policy, oid))
    .flatMap((oid) => {
      const granted = rights.in(oid);
      return granted === undefined ? [] : [{ oid, ...granted, owner: false }];
    });
  if (policy.organizations !== 'all' && organizations.length === 0) return denyToken('of organizations not served');
  return allow({
    kind,
    subject: claims.subject,
    secretId,
    name: ident,
    ident,
    keyId,
    uid,
    shape: claims.rights?.kind === 'organization' ? 'organization' : 'user',
    organizations,
    incarnation: own.incarnation,
    revision: own.revision,
    notAfter: claims.expiresAt * 1000,
    retiring: own.retiring === true,
    ranges: [],
    audience,
    forUs,
    actors,
  });
}

/** True if a credential with these ranges may be used from the address. An unknown address is outside every range. */
export function isWithin(ranges: readonly string[], address: string | undefined): boolean {
  return ranges.length === 0 || (address !== undefined && createRangeCheck(ranges)(address));
}
