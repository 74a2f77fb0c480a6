import { LRUCache } from 'lru-cache';
import type { Catalogue } from '../permission/catalogue.js';
import { apiUserName } from '../store/api-user-name.js';
import type { Flair } from '../store/flair.js';
import type { KeyKind } from '../store/rows.js';
import type { CachedCredential } from './cached-credential.js';
import { HELD } from './held.js';
import { foldUuid } from './organization-id.js';
import type { OrganizationView, Principal, PrincipalKind } from './principal.js';
import type { Subject } from './read-subject.js';

/**
 * Data for a principal's view of one organization. `permissions` contains single permissions only: the catalogue's
 * `expand` has already replaced families such as `dr.*`.
 */
export interface ViewParts {
  readonly oid: string;
  readonly identity: string;
  readonly secretId: string;
  readonly permissions: readonly string[];
  readonly flairs: readonly Flair[];
  readonly owner: boolean;
}

const NO_FLAIRS: readonly Flair[] = Object.freeze([]);

export function buildView(parts: ViewParts, catalogue: Catalogue, held: CachedCredential): OrganizationView {
  const { flairs, permissions } = parts;
  const view: OrganizationView = {
    oid: parts.oid,
    identity: parts.identity,
    secretId: parts.secretId,
    permissions: Object.freeze(permissions),
    bits: catalogue.toBits(permissions),
    flairs: flairs.length === 0 ? NO_FLAIRS : Object.freeze([...flairs]),
    owner: parts.owner,
    segment: flairs.includes('segment'),
    lock: flairs.includes('lock'),
    secret: flairs.includes('secret'),
    root: flairs.includes('root'),
  };
  // Not enumerable, because views are often copied and compared.
  return Object.freeze(Object.defineProperty(view, HELD, { value: held }));
}

/** Parts of a principal that are the same for all organizations. */
export type PrincipalParts = Omit<Principal, 'organizations' | 'in' | 'signal'>;

/**
 * Finds a principal's view of an organization: in a map of views, or in a token's rights, which are decoded only for
 * the requested organization.
 */
export interface Views {
  readonly organizations: readonly string[];
  /**
   * The only view of a key that has exactly one organization, as most keys do. The view is stored here instead of in a
   * map, which would use more memory than the view.
   */
  readonly only?: OrganizationView | undefined;
  in(oid: string): OrganizationView | undefined;
}

/** Names of the hidden properties of a principal, which its methods read. */
const VIEW = Symbol('the view of the only organization');
const VIEWS = Symbol('views');

interface Inside {
  readonly [VIEW]: OrganizationView | undefined;
  readonly [VIEWS]: Views | undefined;
  readonly [HELD]: CachedCredential;
}

/** Methods shared by all principals. Separate copies would account for a fifth of the memory of each principal. */
const methods: object = Object.freeze(
  Object.defineProperty(
    {
      in(this: Inside, oid: string): OrganizationView | undefined {
        const only = this[VIEW];
        if (only === undefined) return this[VIEWS]?.in(oid) ?? this[VIEWS]?.in(foldUuid(oid));
        return only.oid === oid || only.oid === foldUuid(oid) ? only : undefined;
      },
    },
    'signal',
    {
      enumerable: true,
      get(this: Inside) {
        return signalOf(this[HELD]);
      },
    },
  ),
);

function signalOf(held: CachedCredential): AbortSignal {
  if (held.validity === undefined) throw new Error('the principal was not given out by an authenticator');
  return held.validity.signalOf(held);
}

/** Creates a frozen principal. The abort signal is created when it is first read, so an unused signal costs nothing. */
export function buildPrincipal(parts: PrincipalParts, views: Views, held: CachedCredential): Principal {
  const { organizations, only } = views;
  const inside: Omit<Inside, typeof HELD> = {
    [VIEW]: only,
    [VIEWS]: only === undefined ? views : undefined,
  };
  const principal = Object.assign(Object.create(methods), parts, { organizations }, inside);
  // Not enumerable, so that printing a principal does not print the lookup tag of its secret.
  return Object.freeze(Object.defineProperty(principal, HELD, { value: held }));
}

export function mapViews(views: readonly OrganizationView[], organizations: readonly string[]): Views {
  const byId = new Map(views.map((view) => [view.oid, view]));
  return { organizations, only: views.length === 1 ? views[0] : undefined, in: (oid) => byId.get(oid) };
}

const KIND_OF: Readonly<Record<KeyKind, PrincipalKind>> = {
  organization: 'organization-key',
  user: 'user-key',
  'api-user': 'api-user',
  ingestion: 'ingestion-key',
  service: 'service',
  federation: 'federation',
};

export function principalKindOf(kind: KeyKind): PrincipalKind {
  return KIND_OF[kind];
}

/** Returns the parts of the principal for a key. `subject` contains the key's rows from the store. */
export function subjectParts(subject: Subject, via: 'api-key' | 'token'): PrincipalParts {
  const { key, identity, user } = subject;
  return {
    kind: KIND_OF[key.kind],
    identity: identity.id,
    secretId: identity.secretId,
    name: key.name,
    ident: identOf(subject),
    via,
    keyId: key.keyId,
    uid: user?.uid,
    ...(key.kind === 'service' && key.policy !== null ? { service: Object.freeze(key.policy) } : {}),
  };
}

/** Returns the `ident` of a principal, a name that LimaCharlie's clients show. Flairgate never parses the `ident`. */
export function identOf({ key, user }: Subject): string {
  if (user === undefined) return key.name;
  if (key.kind !== 'api-user') return `${key.name}@${user.email}`;
  return user.type === 'api' ? apiUserName(user) : user.email;
}

/** Function that returns a list with the given organization as its only entry. */
export type ListOf = (oid: string) => readonly string[];

/** Maximum number of organizations whose lists {@link shareLists} caches. */
const MAX_SHARED = 500;

/**
 * Creates a cache of one-entry organization lists. All keys of an organization then share one list and one id string.
 * Separate copies would account for a tenth of the memory of each principal.
 */
export function shareLists(): ListOf {
  const known = new LRUCache<string, readonly string[]>({ max: MAX_SHARED });
  return (oid) => {
    const same = known.get(oid);
    if (same !== undefined) return same;
    const list = Object.freeze([oid]);
    known.set(oid, list);
    return list;
  };
}

/** Returns the sorted ids of the organizations in which a key is valid. */
export function subjectOrganizations({ access }: Subject, listOf: ListOf): readonly string[] {
  const oids = [...access.keys()];
  return oids.length === 1 ? listOf(oids[0] ?? '') : Object.freeze(oids.sort());
}

export function subjectViews({ identity, access }: Subject, catalogue: Catalogue, held: CachedCredential): Views {
  const views = held.organizations.flatMap((oid) => {
    const found = access.get(oid);
    if (found === undefined) return [];
    const { grants, flairs, owner } = found;
    const permissions = catalogue.expand(grants);
    return [
      buildView(
        { oid, identity: identity.id, secretId: identity.secretId, permissions, flairs, owner },
        catalogue,
        held,
      ),
    ];
  });
  return mapViews(views, held.organizations);
}
