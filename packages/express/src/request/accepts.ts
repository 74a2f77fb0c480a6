import { type Denial, deny, OptionError, type Principal, type PrincipalKind } from '@flairgate/core';
import { nearest } from '@flairgate/core/internal';

/** Kinds of principal that a route accepts. */
export type Accepts = ReadonlySet<PrincipalKind>;

/** For each kind of principal, true if a route without the option `accept` accepts the kind. */
const ACCEPTED_BY_DEFAULT: Readonly<Record<PrincipalKind, boolean>> = {
  'organization-key': true,
  'user-key': true,
  'api-user': true,
  user: true,
  subject: true,
  'ingestion-key': false,
  federation: true,
  service: false,
};

const CREDENTIAL_KINDS = Object.keys(ACCEPTED_BY_DEFAULT);

/** Kinds accepted by a route without the option `accept`: all except ingestion and service keys. */
export const DEFAULT_ACCEPTS: Accepts = new Set(
  CREDENTIAL_KINDS.filter(isKind).filter((kind) => ACCEPTED_BY_DEFAULT[kind]),
);

/**
 * Parses the option `accept`.
 *
 * @throws OptionError for an empty list or an unknown kind.
 */
export function parseAccepts(given: readonly PrincipalKind[] | undefined): Accepts {
  if (given === undefined) return DEFAULT_ACCEPTS;
  if (!Array.isArray(given) || given.length === 0) {
    throw new OptionError(`authenticate.accept: must be a list of some of ${CREDENTIAL_KINDS.join(', ')}`);
  }
  for (const kind of given) {
    if (isKind(kind)) continue;
    const name = String(kind);
    throw new OptionError(
      `authenticate.accept: unknown kind \`${name}\`; the nearest known one is \`${nearest(name, CREDENTIAL_KINDS)}\``,
    );
  }
  return new Set(given);
}

/** For each kind of principal, the name of its credential in error details. */
const SENT: Readonly<Record<PrincipalKind, string>> = {
  'organization-key': 'an organization key',
  'user-key': 'a user key',
  'api-user': 'an API-user key',
  user: 'the token of a user',
  subject: 'the token of another issuer',
  'ingestion-key': 'an ingestion key',
  federation: 'the token of a federation',
  service: 'a service key',
};

/**
 * Returns the refusal of a valid credential that this route does not accept. Code and status are the same as for an
 * invalid credential. The detail names the kind of credential that was sent, which the caller knows anyway. If the
 * route accepts only one kind, the detail also names the accepted kind.
 */
export function denyUnaccepted(caller: Principal, accepts: Accepts): Denial {
  const reason = `${caller.kind} is not accepted here`;
  const [only, ...others] = accepts;
  const remedy = only === undefined || others.length > 0 ? '' : `; send ${SENT[only]}`;
  const detail = `${SENT[caller.kind]} is not accepted here${remedy}`;
  return { ...deny(caller.via === 'api-key' ? 'ERR_KEY_INVALID' : 'ERR_TOKEN_INVALID', { detail, reason }), caller };
}

function isKind(name: unknown): name is PrincipalKind {
  return typeof name === 'string' && Object.hasOwn(ACCEPTED_BY_DEFAULT, name);
}
