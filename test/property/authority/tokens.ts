import type { Received } from '../../flow/running-service.ts';
import { accept } from './change.ts';
import { type Command, type CommandFixture, type Maker, PERMISSIONS, someOid, someUser } from './command.ts';
import type { Reason } from './judge.ts';
import {
  type AuthorityModel,
  type Credential,
  endOf,
  goodOffersTo,
  hasAccepted,
  IS_ELSEWHERE,
  isAlive,
  isCertain,
  isOffered,
  isWhole,
  type Key,
  pairOf,
  permissionsOf,
} from './model.ts';

/** Tokens the walk keeps. */
const MOST_TOKENS = 60;

export const exchange: Maker = (scene, { key, secret }) => {
  const { world, random } = scene;
  const actor = { key, secret };
  const name = key.user !== undefined && random.chance(0.95) ? key.user : undefined;
  const user = random.chance(0.04) ? someUser(scene) : name;
  const uid = user === undefined ? undefined : world.users.get(user)?.uid;
  const oid = someTarget(scene, actor);
  const narrowed = random.chance(0.25) ? [random.pick(PERMISSIONS), random.pick(PERMISSIONS)] : undefined;
  const expiry = random.chance(0.2) ? String(1 + random.below(3000)) : undefined;
  const joins = user !== undefined && oid !== undefined && oid !== '-' && !hasAccepted(world, user, oid);
  return {
    route: 'POST /jwt',
    path: '/jwt',
    bare: true,
    fields: {
      secret: secret.text,
      ...(uid === undefined ? {} : { uid }),
      ...(oid === undefined ? {} : { oid }),
      ...(narrowed === undefined ? {} : { perms: narrowed.join() }),
      ...(expiry === undefined ? {} : { expiry }),
    },
    forbidden: notExchanged(world, actor, uid === undefined ? undefined : user, oid),
    ...(joins ? { after: { user, oid, atMost: goodOffersTo(world, user, oid) } } : {}),
    done({ body: { jwt } }) {
      if (joins) accept(world, user, oid, isCertain(world, user, oid));
      const found = keepToken(scene, actor, jwt, { narrowed: narrowed !== undefined, onBehalf: false });
      return [...found, ...wrongClaims(world, actor, { jwt, oid, narrowed })];
    },
  };
};

function someTarget(scene: CommandFixture, actor: Credential): string | undefined {
  const { random } = scene;
  if (actor.key.kind === 'organization') return random.chance(0.05) ? '-' : someOid(scene, actor);
  return random.pick([undefined, undefined, '-', someOid(scene, actor), someOid(scene, actor)]);
}

function notExchanged(
  world: AuthorityModel,
  actor: Credential,
  user: string | undefined,
  oid: string | undefined,
): Reason {
  const { key } = actor;
  if (key.kind === 'ingestion' || key.kind === 'service') return `${key.kind} keys are not exchanged`;
  if (key.kind === 'organization')
    return oid === key.oid && user === undefined ? undefined : 'it is of another organization';
  if (user !== key.user) return 'it is the key of another user';
  if (oid === undefined || oid === '-' || hasAccepted(world, user ?? '', oid)) return undefined;
  if (!isWhole(world, actor)) return 'only a whole credential accepts';
  return notOffered(world, user ?? '', oid);
}

/** There is nothing to accept. */
export function notOffered(world: AuthorityModel, user: string, oid: string): Reason {
  if (world.organizations.get(oid) !== 'live') return 'the organization is gone';
  return isOffered(world, user, oid) ? undefined : 'nothing was offered';
}

interface Cut {
  readonly narrowed: boolean;
  readonly onBehalf: boolean;
}

/** Remembers a token, and finds what it carries beyond the key it was exchanged for. */
export function keepToken({ world }: CommandFixture, actor: Credential, text: string, cut: Cut): readonly string[] {
  const { exp, permissions } = readToken(text);
  const token = { ...cut, text, exp, permissions, ended: false };
  world.tokens.push({ key: actor.key, secret: actor.secret, token });
  if (world.tokens.length > MOST_TOKENS) world.tokens.shift();
  const found = exp > actor.key.expires || exp > actor.secret.endsAt ? ['the token outlives the key'] : [];
  return [...found, ...beyond(world, actor, permissions)];
}

function beyond(world: AuthorityModel, actor: Credential, claimed: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...claimed].flatMap(([oid, permissions]) => {
    const held = permissionsOf(world, actor, oid);
    return [...permissions].filter((each) => !held.has(each)).map((each) => `the answer gives ${each} in ${oid}`);
  });
}

interface Claims {
  readonly exp: number;
  readonly oid: readonly string[] | Readonly<Record<string, readonly string[]>>;
  readonly perms?: readonly string[];
}

function readToken(text: string): {
  readonly exp: number;
  readonly permissions: ReadonlyMap<string, ReadonlySet<string>>;
} {
  const { exp, oid, perms } = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as Claims;
  const entries = Array.isArray(oid) ? oid.map((each) => [each, perms ?? []] as const) : Object.entries(oid);
  return { exp: exp * 1000, permissions: new Map(entries.map(([each, names]) => [each, new Set<string>(names)])) };
}

interface Asked {
  readonly jwt: string;
  readonly oid: string | undefined;
  readonly narrowed: readonly string[] | undefined;
}

/** Returns the claims of a token that are not as requested. */
function wrongClaims(world: AuthorityModel, actor: Credential, { jwt, oid, narrowed }: Asked): readonly string[] {
  const { permissions } = readToken(jwt);
  const wanted = oid === '-' ? [] : oid === undefined ? [...world.organizations.keys()] : [oid];
  return wanted.flatMap((each) => {
    if (world.doubtful.has(pairOf(actor.key.user ?? '', each))) return [];
    const held = [...permissionsOf(world, actor, each)].filter((name) => narrowed?.includes(name) ?? true);
    return held
      .filter((name) => !permissions.get(each)?.has(name))
      .map((name) => `the token has no ${name} in ${each}`);
  });
}

export const who: Maker = ({ world }, actor) => ({
  route: 'GET /v1/who',
  path: '/v1/who',
  forbidden: actor.key.kind === 'ingestion' ? 'it only pushes data' : undefined,
  due: 'every key that has not ended is let in',
  done: (received) => wrongWho(world, actor, received),
});

/** Compares what a credential is told of itself with what it holds. */
export function wrongWho(world: AuthorityModel, actor: Credential, received: Received): readonly string[] {
  if (actor.key.kind === 'service') return [];
  const told = readWho(received);
  const lost = [...world.organizations.keys()].flatMap((oid) => {
    if (actor.token !== undefined || world.doubtful.has(pairOf(actor.key.user ?? '', oid))) return [];
    const held = [...permissionsOf(world, actor, oid)];
    return held.filter((name) => !told.get(oid)?.has(name)).map((name) => `who has no ${name} in ${oid}`);
  });
  return [...beyond(world, actor, told), ...lost];
}

export function readWho({ text }: Received): ReadonlyMap<string, ReadonlySet<string>> {
  const body = JSON.parse(text) as {
    readonly orgs?: readonly string[];
    readonly perms?: readonly string[];
    readonly user_perms?: Readonly<Record<string, readonly string[]>>;
  };
  const entries = body.user_perms
    ? Object.entries(body.user_perms)
    : (body.orgs ?? []).map((oid) => [oid, body.perms ?? []] as const);
  return new Map(entries.map(([oid, names]) => [oid, new Set<string>(names)]));
}

const reachable = (world: AuthorityModel, service: Key, subject: Credential): boolean =>
  service.serves === undefined ||
  service.serves.some((oid) => subject.key.oid === oid || hasAccepted(world, subject.key.user ?? '', oid));

function forService(
  scene: CommandFixture,
  actor: Credential,
  route: string,
  make: (subject: Credential) => Partial<Command>,
) {
  const { world, random } = scene;
  const live = [...world.keys.values()]
    .slice(-80)
    .flatMap((key) => key.secrets.slice(-2).map((secret) => ({ key, secret })));
  const subject: Credential = random.pick([...live, ...world.tokens]);
  const forbidden = actor.key.kind === 'service' && actor.token === undefined ? undefined : 'only a service asks that';
  return { route, path: route.slice(route.indexOf('/')), forbidden, ...make(subject) };
}

/** Permissions that services can request on behalf of their callers. */
export const ON_BEHALF = ['dr.list', 'dr.set', 'apikey.ctrl', 'user.ctrl', 'org.get'];

export const exchangeOnBehalf: Maker = (scene, actor) =>
  forService(scene, actor, 'POST /oauth/token', (subject) => {
    const { world } = scene;
    const { kind } = subject.key;
    const isNone =
      kind === 'service' || kind === 'ingestion' || !isAlive(world, subject) || !reachable(world, actor.key, subject);
    const type = subject.token
      ? 'urn:ietf:params:oauth:token-type:jwt'
      : 'urn:flairgate:params:oauth:token-type:api-key';
    return {
      fields: {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: subject.token?.text ?? subject.secret.text,
        subject_token_type: type,
        audience: 'flairgate',
      },
      ...(isNone ? { forbidden: 'it stands for nobody' } : {}),
      done({ text }) {
        const { access_token: token } = JSON.parse(text) as { readonly access_token: string };
        const claimed = readToken(token).permissions;
        const more = [...claimed.values()].flatMap((names) => [...names].filter((name) => !ON_BEHALF.includes(name)));
        const outside = actor.key.serves && [...claimed.keys()].filter((oid) => !actor.key.serves?.includes(oid));
        const found = keepToken(scene, subject, token, { narrowed: true, onBehalf: true });
        return [
          ...found,
          ...more.map((name) => `${name} is not in the policy`),
          ...(outside ?? []).map((oid) => `${oid} is not served`),
        ];
      },
    };
  });

export const introspect: Maker = (scene, actor) =>
  forService(scene, actor, 'POST /oauth/introspect', (subject) => {
    const { world } = scene;
    return {
      fields: { token: subject.token?.text ?? subject.secret.text },
      done({ text }) {
        const { active } = JSON.parse(text) as { readonly active: boolean };
        if (!active) return undefined;
        // A service that names no address is told the ranges instead.
        const end = endOf(world, subject);
        if (end !== undefined && end !== IS_ELSEWHERE) return ['an ended credential is active'];
        return reachable(world, actor.key, subject) ? undefined : ['a credential of elsewhere is active'];
      },
    };
  });
