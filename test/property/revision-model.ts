import type { Authenticator } from '@flairgate/core';
import * as builtCore from '@flairgate/core';
import type { Introspection, RevisionSnapshot } from '@flairgate/core/internal';
import type { RemoteStore } from '@flairgate/core/store';

/** The code under test: as it is, or a copy in which something was broken. */
export type Core = Pick<typeof builtCore, 'createAuthenticator' | 'isDenial' | 'UnavailableError'>;

/** The bound of the model, in milliseconds. */
export const BOUND_MS = 1000;
const OID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const KEY = 'fg_a-key-of-the-model-0000000000';
/** Looks of a process that is not paused. */
const TICK_MS = 40;
const QUIET_TICKS = 10;

/** Actions that can happen next. Lost pushes do not happen; pushes and answers come at any time and in any order. */
export type Action =
  /** 400 ms go by and the process runs. */
  | 'run'
  /** 400 ms, or more than the bound, go by and the process stands still. */
  | 'pause'
  | 'long-pause'
  | 'push'
  | 'request'
  | 'revoke'
  | 'other-change'
  | 'prune'
  | 'restore'
  | 'read-pull'
  | 'answer-pull'
  | 'fail-pull'
  | 'read-fill'
  | 'answer-fill'
  | 'fail-fill';

interface Pull {
  readonly after: number | undefined;
  readonly startedAt: number;
  snapshot: RevisionSnapshot | undefined;
  settle(answer: RevisionSnapshot | Error): void;
}

interface Fill {
  answer: Introspection | undefined;
  settle(answer: Introspection | Error): void;
}

interface Primary {
  incarnation: string;
  n: number;
  prunedTo: number;
  changes: RevisionSnapshot['changes'];
  /** When the key stopped to be good: revoked, or suspended by a restore. */
  endedAt: number | undefined;
}

/** Everything outside the code under test, and what it was seen to do. */
export interface RevisionFixture {
  readonly core: Core;
  readonly primary: Primary;
  readonly authenticator: Authenticator;
  readonly pulls: Pull[];
  readonly fills: Fill[];
  /** Requests that wait, by the time they came. */
  readonly waiting: Set<{ readonly at: number }>;
  now: number;
  /** When the process last went on after standing still. */
  resumedAt: number;
  /** A question failed since: then what was read before may be used up to the bound. */
  failedSince: boolean;
  pushedSince: boolean;
  /** Revision of the last fill that was answered. */
  filledAt: number;
  /** Longest time after its end that the key was still let in; -1 = never. */
  latest: number;
  uses: number;
  broken: string | undefined;
}

/** Ways to break the model, to show that it would detect a mistake. */
export interface Sabotage {
  /** Default: the code as it was built. */
  readonly core?: Core;
  /** Milliseconds the source makes its answers younger than they are. */
  readonly youngerByMs?: number;
  /** The source hides the change that ends the key. */
  readonly hideEnd?: boolean;
}

export function openRevisionFixture(sabotage: Sabotage = {}): RevisionFixture {
  const primary: Primary = { incarnation: 'one', n: 0, prunedTo: 0, changes: [], endedAt: undefined };
  const pulls: Pull[] = [];
  const fills: Fill[] = [];
  const state = { now: 10_000_000 };
  const clock = { wall: () => state.now, monotonic: () => state.now };
  const store: RemoteStore = {
    kind: 'remote',
    source: {
      pull: (after) =>
        new Promise((resolve, reject) => {
          const settle: Pull['settle'] = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
          pulls.push({ after, startedAt: state.now, snapshot: undefined, settle });
        }),
    },
    organizations: () => 'all',
    introspect: () =>
      new Promise((resolve, reject) => {
        const settle: Fill['settle'] = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
        fills.push({ answer: undefined, settle });
      }),
    keys: () => ({ algorithms: ['ES256'], find: () => undefined }),
    catalogues: () => ({ find: () => undefined }),
    onPush: () => () => undefined,
    close: async () => undefined,
  };
  const { core = builtCore } = sabotage;
  const world = {
    core,
    primary,
    authenticator: core.createAuthenticator({
      store,
      clock,
      maxStalenessSeconds: BOUND_MS / 1000,
      maxCachedPrincipals: 4,
    }),
    pulls,
    fills,
    waiting: new Set<{ readonly at: number }>(),
    get now() {
      return state.now;
    },
    set now(value: number) {
      state.now = value;
    },
    resumedAt: 0,
    failedSince: false,
    pushedSince: false,
    filledAt: -1,
    latest: -1,
    uses: 0,
    broken: undefined,
    sabotage,
  };
  return world;
}

/** True if the action can happen now. */
export function isEnabled(world: RevisionFixture, action: Action): boolean {
  const { primary, pulls, fills, waiting } = world;
  const pull = pulls[0];
  const fill = fills[0];
  switch (action) {
    case 'revoke':
      return primary.endedAt === undefined;
    case 'restore':
      return primary.incarnation === 'one' && primary.n > 0;
    case 'other-change':
      return primary.n < 2;
    case 'prune':
      return primary.prunedTo < primary.n;
    case 'request':
      return waiting.size < 2;
    case 'read-pull':
      return pull !== undefined && pull.snapshot === undefined;
    case 'answer-pull':
      return pull?.snapshot !== undefined;
    case 'fail-pull':
      return pull !== undefined;
    case 'read-fill':
      return fill !== undefined && fill.answer === undefined;
    case 'answer-fill':
      return fill?.answer !== undefined;
    case 'fail-fill':
      return fill !== undefined;
    default:
      return true;
  }
}

const effects: Readonly<Record<Action, (world: RevisionFixture & { readonly sabotage?: Sabotage }) => void>> = {
  run: (world) => {
    for (let tick = 0; tick < QUIET_TICKS; tick += 1) {
      world.now += TICK_MS;
      world.authenticator.revision.current();
    }
  },
  pause: (world) => standStill(world, 400),
  'long-pause': (world) => standStill(world, BOUND_MS + 200),
  push: (world) => {
    world.pushedSince = true;
    world.authenticator.revision.sync().catch(() => undefined);
  },
  request,
  revoke: ({ primary, now }) => {
    primary.endedAt = now;
    commit(primary, 'key', 'k');
  },
  'other-change': ({ primary }) => commit(primary, 'user', 'somebody else'),
  prune: ({ primary }) => {
    primary.prunedTo = primary.n;
    primary.changes = [];
  },
  // An older copy: its numbers start again, and its keys are suspended.
  restore: ({ primary, now }) => {
    primary.incarnation = 'two';
    primary.n = 0;
    primary.prunedTo = 0;
    primary.changes = [];
    primary.endedAt ??= now;
  },
  'read-pull': ({ primary, pulls, sabotage = {} }) => {
    const [pull] = pulls;
    if (pull === undefined) return;
    const { incarnation, n, prunedTo } = primary;
    const told = sabotage.hideEnd ? primary.changes.filter(({ scope }) => scope !== 'key') : primary.changes;
    const changes = told.filter((change) => pull.after === undefined || change.n > pull.after);
    pull.snapshot = { incarnation, n, prunedTo, changes, ageMs: -(sabotage.youngerByMs ?? 0) };
  },
  'answer-pull': (world) => {
    const pull = world.pulls.shift();
    world.pushedSince = false;
    if (pull?.snapshot !== undefined) pull.settle(pull.snapshot);
  },
  'fail-pull': (world) => {
    world.failedSince = true;
    world.pulls.shift()?.settle(new world.core.UnavailableError('store', new Error('lost')));
  },
  'read-fill': ({ primary, fills }) => {
    const [fill] = fills;
    if (fill !== undefined) fill.answer = introspect(primary);
  },
  'answer-fill': (world) => {
    const fill = world.fills.shift();
    if (fill?.answer === undefined) return;
    world.filledAt = fill.answer.active ? fill.answer.rev : -1;
    fill.settle(fill.answer);
  },
  'fail-fill': (world) => {
    world.failedSince = true;
    world.fills.shift()?.settle(new world.core.UnavailableError('store', new Error('lost')));
  },
};

function standStill(world: RevisionFixture, ms: number): void {
  world.now += ms;
  world.resumedAt = world.now;
  world.failedSince = false;
}

function commit(primary: Primary, scope: 'key' | 'user', id: string): void {
  primary.n += 1;
  primary.changes = [...primary.changes, { n: primary.n, at: 0, scope, id }];
}

function introspect({ endedAt, incarnation, n }: Primary): Introspection {
  if (endedAt !== undefined) return { active: false };
  return {
    active: true,
    iss: 'https://auth.example',
    sub: 'an identity',
    sid: 'a secret id',
    kind: 'organization-key',
    name: 'vendor',
    ident: 'vendor',
    kid: 'k',
    organizations: { [OID]: { permissions: ['dr.list'], flairs: [], owner: false } },
    inc: incarnation,
    rev: n,
  };
}

function request(world: RevisionFixture): void {
  const { authenticator, waiting, now, core } = world;
  const credential = { kind: 'api-key', text: KEY } as const;
  if (authenticator.getCached(credential, undefined) !== undefined) {
    letIn(world, now);
    return;
  }
  const pending = { at: now };
  waiting.add(pending);
  Promise.resolve(authenticator.authenticate(credential, undefined)).then(
    (answer) => {
      waiting.delete(pending);
      if (!core.isDenial(answer)) letIn(world, pending.at);
      else if (world.primary.endedAt === undefined) world.broken ??= `a good key was refused: ${answer.reason}`;
    },
    (error: unknown) => {
      waiting.delete(pending);
      if (!(error instanceof core.UnavailableError)) world.broken ??= `a fault of another sort: ${String(error)}`;
    },
  );
}

/** The promises: never past the bound; and never by a request that came after a pause which the end came before. */
function letIn(world: RevisionFixture, cameAt: number): void {
  const { endedAt } = world.primary;
  world.uses += 1;
  if (endedAt === undefined) return;
  const late = world.now - endedAt;
  world.latest = Math.max(world.latest, late);
  if (late >= BOUND_MS) world.broken ??= `let in ${late} ms after its end`;
  if (!world.failedSince && cameAt >= world.resumedAt && endedAt < world.resumedAt) {
    world.broken ??= 'let in after a pause, though its end came before that';
  }
}

/** Runs an action, then every promise that can go on. No timer of the platform fires meanwhile. */
export async function step(world: RevisionFixture, action: Action): Promise<void> {
  effects[action](world);
  for (let turn = 0; turn < 24; turn += 1) await undefined;
}

/**
 * Describes everything that the future depends on. Ages are counted in steps of the model. All ages beyond two bounds
 * are equal.
 */
export function describeState(world: RevisionFixture): string {
  const { primary, authenticator, pulls, fills, waiting, now } = world;
  const { revision } = authenticator;
  const age = (at: number | undefined) => (at === undefined ? -1 : Math.min(now - at, 2 * BOUND_MS));
  const resumed = (at: number) => at >= world.resumedAt;
  return JSON.stringify([
    [primary.incarnation, primary.n, primary.prunedTo, age(primary.endedAt), primary.changes.length],
    pulls.map((pull) => [pull.after, age(pull.startedAt), resumed(pull.startedAt), pull.snapshot]),
    fills.map((fill) => fill.answer),
    [...waiting].map(({ at }) => [age(at), resumed(at)]),
    [revision.applied, revision.incarnation, revision.prunedTo],
    Math.max(-BOUND_MS, revision.validForMs),
    [age(world.resumedAt), world.failedSince, world.pushedSince, world.filledAt, primary.endedAt === undefined],
    primary.endedAt !== undefined && primary.endedAt < world.resumedAt,
  ]);
}

export const ACTIONS: readonly Action[] = Object.keys(effects).filter(isAction);

function isAction(name: string): name is Action {
  return Object.hasOwn(effects, name);
}

/** From a process that knows nothing to one that has the key in its cache. */
export const WARM: readonly Action[] = ['request', 'read-pull', 'answer-pull', 'read-fill', 'answer-fill'];
