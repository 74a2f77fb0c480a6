import { allow, type Outcome } from '../../denial/denial.js';
import type { Principal } from '../../principal/principal.js';
import type { ActiveIntrospection, Introspection } from '../../principal/remote/introspection.js';
import {
  findPresentedCredential,
  isWithin,
  type PresentedCredential,
  type ServiceAuthContext,
} from './presented-credential.js';

export interface IntrospectInput {
  /** An API key, or a token issued by this Flairgate. */
  readonly token: string;
  /**
   * IP address of the caller, which is checked against the address ranges of the caller's key.
   *
   * @default none, so the address is not checked; the service can check it against the ranges in the result
   */
  readonly address?: string | undefined;
}

/**
 * Describes a caller's credential to a service. The result contains the credential's rights in the organizations that
 * the service serves.
 *
 * Returns `active: false` if the credential is unknown, wrong, expired, revoked, used from an address that is not
 * allowed, or valid only in organizations that the service does not serve. Refuses the request only if the service's
 * own key is no longer valid.
 *
 * @throws UnavailableError if the store cannot be read
 * @see RFC 7662 §2
 * @example
 * const outcome = await introspect(serviceContext, service, { token, address: req.ip });
 * if (outcome.allowed) res.json(outcome.value);
 */
export async function introspect(
  context: ServiceAuthContext,
  service: Principal,
  { token, address }: IntrospectInput,
): Promise<Outcome<Introspection>> {
  const asked = await findPresentedCredential(context, service, token);
  if (!asked.allowed) return asked;
  const { presented } = asked.value;
  if (!presented.allowed) return allow({ active: false });
  if (address !== undefined && !isWithin(presented.value.ranges, address)) return allow({ active: false });
  return allow(toActiveIntrospection(presented.value, context.issuer));
}

function toActiveIntrospection(presented: PresentedCredential, iss: string): ActiveIntrospection {
  const { kind, subject: sub, secretId: sid, name, ident, keyId, uid, audience, ranges, actors } = presented;
  const organizations: Record<string, ActiveIntrospection['organizations'][string]> = Object.create(null);
  for (const { oid, ...rights } of presented.organizations) organizations[oid] = rights;
  return {
    active: true,
    iss,
    ...(audience === undefined ? {} : { aud: audience }),
    sub,
    sid,
    kind,
    name,
    ident,
    ...(keyId === undefined ? {} : { kid: keyId }),
    ...(uid === undefined ? {} : { uid }),
    organizations,
    inc: presented.incarnation,
    rev: presented.revision,
    ...(Number.isFinite(presented.notAfter) ? { exp: Math.floor(presented.notAfter / 1000) } : {}),
    ...(ranges.length === 0 ? {} : { ranges }),
    ...(actors.length === 0 ? {} : { actors }),
  };
}
