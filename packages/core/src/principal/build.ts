import type { Catalogue } from '../permission/catalogue.js';
import type { KeyKind, ServicePolicy } from '../store/rows.js';
import type { Flair } from './flair.js';
import type { OrganizationView, Principal, PrincipalKind } from './principal.js';
import type { Subject } from './read-subject.js';

/** What a view is made from. `permissions` are concrete names, as the catalogue's `expand` gives them. */
export interface ViewParts {
  readonly oid: string;
  readonly identity: string;
  readonly secretId: string;
  readonly permissions: readonly string[];
  readonly flairs: readonly Flair[];
  readonly owner: boolean;
}

const NO_FLAIRS: readonly Flair[] = Object.freeze([]);

export function buildView(parts: ViewParts, catalogue: Catalogue): OrganizationView {
  const { flairs, permissions } = parts;
  return Object.freeze({
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
  });
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
  readonly service?: ServicePolicy;
}

/** Where the views of a principal come from: a map, or a compact token read in place. */
export interface Views {
  readonly organizations: readonly string[];
  in(oid: string): OrganizationView | undefined;
}

const SIGNAL_OF = Symbol('signalOf');

/** Holds the accessor of every principal: one of its own would give each a shape of its own, of 400 bytes. */
const lazySignal: object = Object.freeze(
  Object.defineProperty({}, 'signal', {
    enumerable: true,
    get(this: { [SIGNAL_OF](): AbortSignal }) {
      return this[SIGNAL_OF]();
    },
  }),
);

/** Freezes a principal. `signalOf` is asked at the first use of `signal`, so that one nobody asks for costs nothing. */
export function buildPrincipal(parts: PrincipalParts, views: Views, signalOf: () => AbortSignal): Principal {
  const { organizations } = views;
  const made = Object.assign(Object.create(lazySignal), parts, { organizations, in: views.in, [SIGNAL_OF]: signalOf });
  return Object.freeze(made);
}

export function mapViews(views: readonly OrganizationView[]): Views {
  const organizations = Object.freeze(views.map((view) => view.oid).sort());
  return { organizations, in: views.length === 1 ? onlyView(views[0]) : viewAmong(views) };
}

/** Most keys are of one organization: a map for it would be larger than the view. */
function onlyView(view: OrganizationView | undefined): Views['in'] {
  return (oid) => (oid === view?.oid ? view : undefined);
}

function viewAmong(views: readonly OrganizationView[]): Views['in'] {
  const byId = new Map(views.map((view) => [view.oid, view]));
  return (oid) => byId.get(oid);
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

export function subjectViews(subject: Subject, catalogue: Catalogue): Views {
  const { identity } = subject;
  return mapViews(
    [...subject.access].map(([oid, access]) =>
      buildView(
        {
          oid,
          identity: identity.id,
          secretId: identity.secretId,
          permissions: catalogue.expand(access.grants),
          flairs: access.flairs,
          owner: access.owner,
        },
        catalogue,
      ),
    ),
  );
}
