import type { OrganizationView, Principal } from '@flairgate/core';
import type { OrganizationCaller } from '@flairgate/core/resources';

type FlairOfParty = 'segment' | 'lock' | 'secret' | 'root';

/** A caller in organization `org-a` with these flairs. */
export function party(identity: string, ...flairs: readonly FlairOfParty[]): OrganizationCaller {
  return {
    oid: 'org-a',
    identity,
    secretId: `sid-of-${identity}`,
    segment: flairs.includes('segment'),
    lock: flairs.includes('lock'),
    secret: flairs.includes('secret'),
    root: flairs.includes('root'),
  };
}

/** A principal that is good for these organizations, without flairs. */
export function principalOf(...organizations: readonly string[]): Principal {
  const views = new Map(organizations.map((oid) => [oid, viewIn(oid)]));
  return {
    kind: 'user-key',
    identity: 'laptop',
    secretId: 'sid-of-laptop',
    name: 'laptop',
    ident: 'laptop@user.example',
    via: 'api-key',
    keyId: 'K000000001',
    uid: 'user-1',
    organizations,
    in: (oid) => views.get(oid),
    signal: new AbortController().signal,
  };
}

function viewIn(oid: string): OrganizationView {
  return { ...party('laptop'), oid, permissions: [], bits: [], flairs: [], owner: false };
}

/** Returns a row of a resource without an owner, with the given differences. */
export function row(differs: Readonly<Record<string, unknown>> = {}) {
  return {
    id: 'r1',
    name: 'first',
    oid: 'org-a',
    created_by: null,
    locked_by: null,
    secret_to: null,
    data: { detect: 'x' },
    etag: 'v1',
    ...differs,
  };
}
