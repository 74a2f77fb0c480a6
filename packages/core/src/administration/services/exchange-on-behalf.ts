import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues } from '../../denial/issue.js';
import { toDotted } from '../../permission/grammar.js';
import type { Principal } from '../../principal/principal.js';
import type { TokenGrant } from '../../principal/token/own/token-mint.js';
import { MAX_ACTORS } from '../../principal/token/text/claims.js';
import {
  findPresentedCredential,
  isWithin,
  type PresentedCredential,
  type ServiceAuthContext,
  type ServiceState,
} from './presented-credential.js';

export interface OnBehalfInput {
  /** The caller's credential: an API key, or a token issued by this Flairgate. */
  readonly subjectToken: string;
  /** Name of the service that is to be called with the token. */
  readonly audience: string;
  /**
   * Permissions to which the token is limited.
   *
   * @default all permissions that the caller has and that the service's policy allows for the audience
   */
  readonly permissions?: readonly string[] | undefined;
  /**
   * Organization to which the token is limited.
   *
   * @default all organizations of the caller that the service serves
   */
  readonly oid?: string | undefined;
  /** IP address of the caller. Required if the caller's key has address ranges. */
  readonly address?: string | undefined;
}

/** A token for the service to be called. */
export interface OnBehalfToken {
  readonly jwt: string;
  /** Expiry time, in seconds since the Unix epoch. */
  readonly expiresAt: number;
  /** All permissions that the token has in at least one organization, sorted. */
  readonly permissions: readonly string[];
}

/**
 * Issues a token to a service that is handling a caller's request. With the token, the service calls another service on
 * behalf of that caller.
 *
 * The token has the caller's identity and flairs. Of the caller's permissions, the token has only those that the
 * service's policy allows for the audience (the service to be called). The `act` claim names the requesting service.
 * The token expires no later than the caller's credential and the requesting service's key. If the caller's credential
 * is revoked, the token is revoked too.
 *
 * If the caller's credential is a token, the audience of that token must be this Flairgate or the requesting service.
 *
 * Refuses with `ERR_ESCALATION` (`audience`, `chain`), `ERR_VALIDATION` (`scope`) or `ERR_TOKEN_TOO_LARGE`. Refuses
 * with `ERR_TOKEN_INVALID` if the caller's credential is invalid, or is valid only in organizations that the requesting
 * service does not serve. Refuses with `ERR_KEY_INVALID` if the requesting service's own key is no longer valid.
 *
 * @throws UnavailableError if the store cannot be read
 * @see RFC 8693 §2, §4.1
 * @example
 * const outcome = await exchangeOnBehalf(serviceContext, service, { subjectToken, audience: 'sensors' });
 */
export async function exchangeOnBehalf(
  context: ServiceAuthContext,
  service: Principal,
  { permissions: scope, ...given }: OnBehalfInput,
): Promise<Outcome<OnBehalfToken>> {
  const input = { ...given, permissions: scope?.map(toDotted) };
  const unknown = (input.permissions ?? []).filter((name) => !context.catalogue.has(name));
  if (unknown.length > 0) {
    return denyIssues(
      unknown.map((name) => ({ field: 'scope', message: `must be permissions of the catalogue; unknown: ${name}` })),
    );
  }
  const asked = await findPresentedCredential(context, service, input.subjectToken);
  if (!asked.allowed) return asked;
  const { presented } = asked.value;
  if (!presented.allowed) return denyCaller(presented.reason);
  const grant = onBehalfGrant(context, asked.value.service, presented.value, input);
  if (!grant.allowed) return grant;
  const minted = context.mint(grant.value);
  if (!minted.allowed) return minted.code === 'ERR_KEY_INVALID' ? denyCaller(minted.reason) : minted;
  const permissions = new Set(grant.value.organizations.flatMap((organization) => organization.permissions));
  const { jwt, expiresAt } = minted.value;
  return allow({ jwt, expiresAt, permissions: [...permissions].sort() });
}

function onBehalfGrant(
  context: ServiceAuthContext,
  service: ServiceState,
  caller: PresentedCredential,
  { audience, permissions, oid, address }: OnBehalfInput,
): Outcome<TokenGrant> {
  const allowed = service.policy.mayExchange.find((entry) => entry.audience === audience);
  if (allowed === undefined) return beyond('audience', 'this service cannot call that audience for others');
  if (caller.keyId === undefined || caller.kind === 'ingestion-key') return denyCaller('has no key of ours');
  if (!isWithin(caller.ranges, address)) return denyCaller('used from another address');
  if (!caller.forUs && ![caller.audience].flat().includes(service.principal.name)) {
    return denyCaller('for another service');
  }
  const actors = [service.principal.identity, ...caller.actors];
  if (actors.length > MAX_ACTORS) return beyond('chain', `at most ${MAX_ACTORS} services can act for one caller`);
  const within = new Set(context.catalogue.expand(allowed.permissions));
  const wanted = permissions === undefined ? within : new Set(permissions.filter((name) => within.has(name)));
  const organizations = caller.organizations
    .filter((organization) => oid === undefined || organization.oid === oid)
    .map(({ oid: id, flairs, ...held }) => ({
      oid: id,
      permissions: held.permissions.filter((name) => wanted.has(name)),
      flairs,
    }));
  if (oid !== undefined && organizations.length === 0) return denyCaller('of another organization');
  return allow({
    subject: caller.subject,
    secretId: caller.secretId,
    kind: caller.kind,
    keyId: caller.keyId,
    ident: caller.ident,
    uid: caller.uid,
    shape:
      organizations.length === 1 && (caller.shape === 'organization' || oid !== undefined) ? 'organization' : 'user',
    organizations,
    narrowed: true,
    retiring: caller.retiring,
    incarnation: caller.incarnation,
    revision: caller.revision,
    expiry: undefined,
    notAfter: Math.min(caller.notAfter, service.notAfter),
    audience,
    actors,
  });
}

function beyond(dimension: string, detail: string): Denial {
  return deny('ERR_ESCALATION', { detail, reason: detail, members: { dimension, beyond: [] } });
}

function denyCaller(reason: string): Denial {
  return deny('ERR_TOKEN_INVALID', { reason: `subject token: ${reason}` });
}
