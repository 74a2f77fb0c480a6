import type { Catalogue } from '../permission/catalogue.js';
import type { Flair } from '../store/flair.js';
import type { KeyKind, ServicePolicy } from '../store/rows.js';
import type { CachedCredential } from './cached-credential.js';
import { HELD } from './held.js';
import type { OrganizationView, Principal, PrincipalKind } from './principal.js';
import type { Subject } from './read-subject.js';

/** Parts of a view. `permissions` are concrete names, as the catalogue's `expand` gives them. */
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
  // Not listed: a view is often copied and compared.
  return Object.freeze(Object.defineProperty(view, HELD, { value: held }));
}

/** Everything of a principal but its organizations. */
export interface PrincipalParts {
  readonly kind: PrincipalKind;
  readonly identity: string;
  readonly secretId: string;
  readonly name: string;
  readonly ident: string;
  readonly via: 'api-key' | 'token';
  readonly keyId: string | undefined;
  readonly uid: string | undefined;
  readonly actors?: readonly string[];
  readonly narrowed?: true;
  readonly service?: ServicePolicy;
}

/** Where the views of a principal come from: a map, or a compact token read in place. */
export interface Views {
  readonly organizations: readonly string[];
  /** The view of the only organization there is: most keys are of one, and a map for it would be larger than itself. */
  readonly only?: OrganizationView | undefined;
  in(oid: string): OrganizationView | undefined;
}

/** Internal state that the methods of a principal read. */
const VIEW = Symbol('the view of the only organization');
const VIEWS = Symbol('views');

interface Inside {
  readonly [VIEW]: OrganizationView | undefined;
  readonly [VIEWS]: Views | undefined;
  readonly [HELD]: CachedCredential;
}

/** The methods of every principal: functions of its own would be a fifth of what it takes. */
const methods: object = Object.freeze(
  Object.defineProperty(
    {
      in(this: Inside, oid: string): OrganizationView | undefined {
        const only = this[VIEW];
        if (only === undefined) return this[VIEWS]?.in(oid);
        return only.oid === oid ? only : undefined;
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

/** Freezes a principal. Its signal is made at the first use, so that one nobody asks for costs nothing. */
export function buildPrincipal(parts: PrincipalParts, views: Views, held: CachedCredential): Principal {
  const { organizations, only } = views;
  const inside: Omit<Inside, typeof HELD> = {
    [VIEW]: only,
    [VIEWS]: only === undefined ? views : undefined,
  };
  const principal = Object.assign(Object.create(methods), parts, { organizations }, inside);
  // Whoever prints a principal does not print by what its secret is looked up.
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
};

export function kindOf(kind: KeyKind): PrincipalKind {
  return KIND_OF[kind];
}

/** The principal of a key, from what the store says about it. */
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

/** What LimaCharlie's clients show; printed, never parsed back. */
export function identOf({ key, user }: Subject): string {
  if (user === undefined) return key.name;
  return key.kind === 'api-user' ? user.email : `${key.name}@${user.email}`;
}

/** Gives the list of one organization. */
export type ListOf = (oid: string) => readonly string[];

/** Organizations whose list is kept to be shared. */
const MAX_SHARED = 500;

/** Gives all keys of an organization one list, and one text of its id: both are a tenth of what a principal takes. */
export function shareLists(): ListOf {
  const known = new Map<string, readonly string[]>();
  return (oid) => {
    const same = known.get(oid);
    if (same !== undefined) return same;
    if (known.size === MAX_SHARED) known.clear();
    const list = Object.freeze([oid]);
    known.set(oid, list);
    return list;
  };
}

/** Organizations of a subject, sorted. */
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
