import type { Received } from '../../flow/running-service.ts';
import {
  change,
  creation,
  DISABLE,
  type Ending,
  endingOf,
  notFree,
  REVOKE,
  revocationOfTokens,
  rotation,
} from './asked-keys.ts';
import { addKey, endKey, identityIdOf, idIn } from './change.ts';
import {
  type Command,
  type CommandFixture,
  FLAIRED,
  type Maker,
  someKey,
  someOid,
  somePermissions,
} from './command.ts';
import { escalation, lacks, notFound, notWhole, RANGES, type Reason } from './judge.ts';
import {
  type AuthorityModel,
  type Credential,
  ELSEWHERE,
  expand,
  flairsOf,
  grantsOf,
  hasAccepted,
  hasFlair,
  isOwner,
  isSegmented,
  maySeeKey,
  permissionsOf,
} from './model.ts';

const NEVER = Number.POSITIVE_INFINITY;

export const createKey: Maker = (scene, actor) => {
  const { world, random } = scene;
  const oid = someOid(scene, actor);
  const name = someName(scene, oid);
  const held = grantsOf(world, actor.key, oid);
  const last = [...world.keys.values()].findLast((key) => key.oid === oid && key.name === name);
  const own = somePermissions(scene, held.size > 0 ? held : permissionsOf(world, actor, oid));
  const grants = last !== undefined && random.chance(0.7) ? [...last.grants].filter((grant) => held.has(grant)) : own;
  const ranges = random.pick([...RANGES, actor.key.ranges, actor.key.ranges, actor.key.ranges]);
  const seconds = random.chance(0.15) ? Math.floor(world.now / 1000) + 60 + random.below(20_000) : undefined;
  return creation(scene, actor, { oid, name, grants, ranges, seconds });
};

/** A new name, or one that a dead key had. */
function someName({ world, random }: CommandFixture, oid: string): string {
  const dead = [...world.keys.values()].filter(
    ({ kind, oid: of, state }) => kind === 'organization' && of === oid && state === 'revoked',
  );
  if (dead.length > 0 && random.chance(0.4)) return random.pick(dead).name;
  return `k${random.below(8)}${random.pick(FLAIRED)}`;
}

export const rotateKey: Maker = (scene, actor) => {
  const { random } = scene;
  const isSelf = actor.token === undefined && random.chance(actor.secret.retiring ? 0.7 : 0.3);
  const oid = isSelf ? (actor.key.oid ?? someOid(scene, actor)) : someOid(scene, actor);
  const key = isSelf ? actor.key : someKey(scene, oid);
  if (key === undefined) return undefined;
  const repeat = isSelf ? key.rotation : undefined;
  const idempotencyKey =
    random.chance(0.6) && repeat ? repeat.idempotencyKey : `idempotent-${random.below(2 ** 32)}-${'0'.repeat(16)}`;
  const overlap = random.pick([undefined, 0, 30, 60, 600]);
  const withKey = repeat !== undefined || random.chance(0.5);
  return rotation(scene, actor, { oid, key, overlap, ...(withKey ? { idempotencyKey } : {}) });
};

export const updateKey: Maker = (scene, actor) => {
  const { world, random } = scene;
  const oid = someOid(scene, actor);
  const key = someKey(scene, oid);
  if (key === undefined) return undefined;
  const kept = [...key.grants].filter(() => random.chance(0.7));
  const asked = random.chance(0.7) ? kept : somePermissions(scene, permissionsOf(world, actor, oid));
  const later = random.pick([0, Math.floor(world.now / 1000) + 60 + random.below(20_000)]);
  return change(scene, actor, {
    oid,
    key,
    version: random.chance(0.9) ? '*' : '"another"',
    ...(random.chance(0.6) ? { grants: asked } : {}),
    ...(random.chance(0.4) ? { ranges: { to: random.pick([...RANGES, ...RANGES, ELSEWHERE]) } } : {}),
    ...(random.chance(0.3) ? { seconds: later } : {}),
    description: `changed ${random.below(100)}`,
  });
};

function ending(how: Ending): Maker {
  return (scene, actor) => {
    const oid = someOid(scene, actor);
    const key = someKey(scene, oid);
    return key && endingOf(scene, actor, { oid, key, how });
  };
}

export const revokeKey = ending(REVOKE);
export const disableKey = ending(DISABLE);

export const enableKey: Maker = (scene, actor) => {
  const { world } = scene;
  const oid = someOid(scene, actor);
  const disabled = [...world.keys.values()].filter((key) => key.state === 'disabled' && key.oid === oid);
  const key = disabled.length > 0 ? scene.random.pick(disabled) : someKey(scene, oid);
  if (key === undefined) return undefined;
  return {
    route: 'POST /v1/orgs/{oid}/keys/{key_hash}/enable',
    path: `/v1/orgs/${oid}/keys/${key.id}/enable`,
    forbidden:
      lacks(world, actor, oid, 'apikey.ctrl') ??
      notFound(world, actor, oid, key) ??
      (key.state === 'revoked' ? 'it was revoked' : escalation(world, actor, oid, key)),
    done() {
      key.state = 'live';
      return undefined;
    },
  };
};

export const listKeys: Maker = (scene, actor) => {
  const { world } = scene;
  const oid = someOid(scene, actor);
  return {
    route: 'GET /v1/orgs/{oid}/keys',
    path: `/v1/orgs/${oid}/keys`,
    forbidden: lacks(world, actor, oid, 'apikey.ctrl'),
    done: ({ body }) =>
      Object.keys(body.api_keys).flatMap((id) => {
        const key = world.keys.get(id);
        if (key === undefined) return [`key ${id} was never made`];
        if (key.oid !== oid) return [`a key of ${key.oid ?? 'a user'} is listed`];
        if (key.kind !== 'organization') return [`a key of kind ${key.kind} is listed`];
        return maySeeKey(world, actor, key) ? [] : [`a segmented key sees ${key.name}`];
      }),
  };
};

export const revokeTokens: Maker = (scene, actor) => revocationOfTokens(scene, actor, someOid(scene, actor));

const INGESTION = '/v1/insight/{oid}/ingestion_keys';

function ingestion(
  scene: CommandFixture,
  actor: Credential,
  method: string,
  more: (oid: string) => Partial<Command>,
): Command {
  const oid = someOid(scene, actor);
  return {
    route: `${method} ${INGESTION}`,
    path: INGESTION.replace('{oid}', oid),
    forbidden: lacks(scene.world, actor, oid, 'ingestkey.ctrl'),
    ...more(oid),
  };
}

export const createIngestionKey: Maker = (scene, actor) => {
  const { world, random } = scene;
  const name = `i${random.below(6)}`;
  return ingestion(scene, actor, 'POST', (oid) => {
    const made = { kind: 'ingestion', name, oid, expires: NEVER, ranges: undefined } as const;
    const forbidden =
      lacks(world, actor, oid, 'ingestkey.ctrl') ??
      // It sees nothing that `segment` could hide.
      escalation(world, actor, oid, { ...made, grants: [], flairs: new Set(['segment']) });
    return {
      fields: { name },
      forbidden,
      done({ text }) {
        const { key } = JSON.parse(text) as { readonly key: string };
        addKey(world, actor, { ...made, id: idIn(key), text: key });
        return undefined;
      },
    };
  });
};

export const endIngestionKey: Maker = (scene, actor) =>
  ingestion(scene, actor, 'DELETE', (oid) => {
    const { world, random } = scene;
    const all = [...world.keys.values()].filter((key) => key.kind === 'ingestion' && key.oid === oid);
    const live = all.find(({ state, name }) => state === 'live' && name !== 'push');
    const name = live?.name ?? `i${random.below(6)}`;
    const isDue = live !== undefined && !isSegmented(world, actor, oid);
    return {
      fields: { name },
      due: isDue ? 'ending an ingestion key is always possible' : undefined,
      done() {
        if (live !== undefined) endKey(world, live, 'revoked');
        return undefined;
      },
    };
  });

export const listIngestionKeys: Maker = (scene, actor) =>
  ingestion(scene, actor, 'GET', (oid) => ({
    done({ text }) {
      const { keys } = JSON.parse(text) as { readonly keys: Readonly<Record<string, string>> };
      return Object.entries(keys).flatMap(([name, shown]) => wronglyListed(scene.world, actor, oid, { name, shown }));
    },
  }));

interface Listed {
  readonly name: string;
  readonly shown: string;
}

/** An ingestion key is listed with the last two characters of its text, so that it can be told from others. */
function wronglyListed(world: AuthorityModel, actor: Credential, oid: string, { name, shown }: Listed): string[] {
  const found = [...world.keys.values()].findLast(
    (key) => key.kind === 'ingestion' && key.oid === oid && key.name === name && key.state === 'live',
  );
  if (found === undefined) return [`the ingestion key ${name} is listed, which there is not`];
  if (!maySeeKey(world, actor, found)) return [`a segmented key sees the ingestion key ${name}`];
  const text = found.secrets.at(-1)?.text ?? '';
  return shown.endsWith(text.slice(-2)) ? [] : [`the ingestion key ${name} is listed by the text of another`];
}

export const createUserKey: Maker = (scene, actor) => {
  const { world, random } = scene;
  const name = `u${random.below(6)}${random.pick(FLAIRED)}`;
  const made = { kind: 'user', name, user: actor.key.user } as const;
  return {
    route: 'POST /v1/user/keys',
    path: '/v1/user/keys',
    fields: { key_name: name },
    forbidden: notWhole(world, actor) ?? notWithin(world, actor, name) ?? notFree(world, actor, identityIdOf(made)),
    done: ({ body }) => void addKey(world, actor, { ...made, id: body.key_hash, text: body.api_key }),
  };
};

/** The one API-user key of a person: of one organization, with a fixed name, and in the place of the one before it. */
export const createPersonKey: Maker = (scene, actor) => {
  const { world, random } = scene;
  const oid = someOid(scene, actor);
  const { user = '' } = actor.key;
  const name = `a${random.below(4)}${random.pick(FLAIRED)}`;
  const made = { kind: 'api-user', name, user, oid } as const;
  return {
    route: 'POST /v1/user/keys',
    path: '/v1/user/keys',
    fields: { key_name: name, oid },
    forbidden: notWhole(world, actor) ?? notInPlace(world, actor, oid, name),
    done({ body }) {
      for (const key of world.keys.values()) {
        if (key.kind === 'api-user' && key.user === user && key.state === 'live') endKey(world, key, 'revoked');
      }
      addKey(world, actor, { ...made, id: body.key_hash, text: body.api_key });
    },
  };
};

function notInPlace(world: AuthorityModel, actor: Credential, oid: string, name: string): Reason {
  const { key, secret, token } = actor;
  if (!hasAccepted(world, key.user ?? '', oid)) return 'the organization is not theirs';
  if (secret.retiring) return 'its secret is being rotated out';
  if (token !== undefined && !token.permissions.has(oid)) return 'it is of another organization than the token';
  const flairs = flairsOf(name);
  const more = (['root', 'bulk'] as const).find((flair) => flairs.has(flair) && !hasFlair(world, actor, flair, oid));
  return more === undefined ? undefined : `${more} is not held`;
}

/** A key acts wherever its user does: a token of fewer organizations makes none, and `root` comes from who has it. */
function notWithin(world: AuthorityModel, { key, token }: Credential, name: string): Reason {
  const live = [...world.organizations.keys()];
  for (const flair of ['root', 'bulk'] as const) {
    const has = key.flairs.has(flair) || live.some((oid) => isOwner(world, key.user, oid));
    if (flairsOf(name).has(flair) && !has) return `${flair} is not held`;
  }
  if (token === undefined) return undefined;
  const beyond = live.find((oid) => expand(world, grantsOf(world, key, oid)).size > 0 && !token.permissions.has(oid));
  return beyond === undefined ? undefined : 'it is of more organizations than the token';
}

export const endUserKey: Maker = (scene, actor) => {
  const { world, random } = scene;
  const keys = [...world.keys.values()].filter(({ kind }) => kind === 'user');
  const own = keys.filter(({ user, state, id }) => user === actor.key.user && state === 'live' && id !== actor.key.id);
  const key = random.pick(own.length > 2 && random.chance(0.8) ? own : keys);
  const isOwn = key.user === actor.key.user;
  return {
    route: 'DELETE /v1/user/keys',
    path: '/v1/user/keys',
    fields: { key_hash: key.id },
    forbidden: notWhole(world, actor) ?? (isOwn ? undefined : 'it is the key of somebody else'),
    due: key.state === 'live' ? 'ending one of the own keys is always possible' : undefined,
    done() {
      endKey(world, key, 'revoked');
      return undefined;
    },
  };
};

export const listUserKeys: Maker = ({ world }, actor) => ({
  route: 'GET /v1/user/keys',
  path: '/v1/user/keys',
  forbidden: notWhole(world, actor),
  done: ({ body }: Received) =>
    Object.keys(body.api_keys)
      .filter((id) => world.keys.get(id)?.user !== actor.key.user)
      .map((id) => `key ${id} of somebody else is listed`),
});
