import { notFree } from './asked-keys.ts';
import { addKey, endKey, identityIdOf } from './change.ts';
import {
  type Command,
  type CommandFixture,
  FLAIRED,
  type Maker,
  PERMISSIONS,
  someOid,
  somePermissions,
} from './command.ts';
import { AUDIENCE, ISSUER, type Job, jobToken } from './issuer.ts';
import { escalation, lacks, type Reason } from './judge.ts';
import {
  type AuthorityModel,
  type Credential,
  flairsOf,
  grantsOf,
  isSegmented,
  type Key,
  maySeeKey,
  permissionsOf,
  type Secret,
} from './model.ts';
import { keepToken } from './tokens.ts';

const ROUTE = '/v1/orgs/{oid}/federations';
const NEVER = Number.POSITIVE_INFINITY;

/** A federation has no secret: what its caller has is a token of the issuer. */
const NO_SECRET: Secret = { text: '', endsAt: NEVER, retiring: false };

export const federated = (key: Key): Credential => ({ key, secret: NO_SECRET });

export const isFederation = ({ kind }: Key): boolean => kind === 'federation';

/** The repository whose jobs a federation trusts. */
const repositories = new WeakMap<Key, string>();

export const createFederation: Maker = (scene, actor) => {
  const { world, random } = scene;
  const oid = someOid(scene, actor);
  const held = grantsOf(world, actor.key, oid);
  const name = `f${random.below(5)}${random.pick(FLAIRED)}`;
  const grants = somePermissions(scene, held.size > 0 ? held : permissionsOf(world, actor, oid));
  const repository = String(1 + random.below(4));
  const made = { kind: 'federation', name, oid, grants, ranges: undefined, expires: NEVER } as const;
  return {
    route: `POST ${ROUTE}`,
    path: ROUTE.replace('{oid}', oid),
    json: { name, issuer: ISSUER, audience: AUDIENCE, match: [`repository_id=${repository}`], perms: grants },
    forbidden:
      lacks(world, actor, oid, 'apikey.ctrl') ??
      escalation(world, actor, oid, { ...made, flairs: flairsOf(name) }) ??
      notFree(world, actor, identityIdOf(made)),
    done({ text }) {
      const { federation_id: id } = JSON.parse(text) as { readonly federation_id: string };
      const key = addKey(world, actor, { ...made, id, text: '' });
      key.secrets.length = 0;
      repositories.set(key, repository);
      return undefined;
    },
  };
};

export const endFederation: Maker = (scene, actor) => {
  const { world, random } = scene;
  const oid = someOid(scene, actor);
  const all = [...world.keys.values()].filter(isFederation);
  const own = all.filter((key) => key.oid === oid && key.state === 'live');
  const from = own.length > 0 && random.chance(0.8) ? own : all;
  if (from.length === 0) return undefined;
  const key = random.pick(from);
  const isDue = key.oid === oid && key.state === 'live' && !isSegmented(world, actor, oid);
  return {
    route: `DELETE ${ROUTE}`,
    path: ROUTE.replace('{oid}', oid),
    fields: { federation_id: key.id },
    forbidden: lacks(world, actor, oid, 'apikey.ctrl') ?? notHere(world, actor, oid, key),
    due: isDue ? 'ending a federation is always possible' : undefined,
    done() {
      endKey(world, key, 'revoked');
      return undefined;
    },
  };
};

function notHere(world: AuthorityModel, actor: Credential, oid: string, key: Key): Reason {
  if (key.oid !== oid) return 'it is a federation of another organization';
  return maySeeKey(world, actor, key) ? undefined : 'a segmented key did not make it';
}

export const listFederations: Maker = (scene, actor) => {
  const { world } = scene;
  const oid = someOid(scene, actor);
  return {
    route: `GET ${ROUTE}`,
    path: ROUTE.replace('{oid}', oid),
    forbidden: lacks(world, actor, oid, 'apikey.ctrl'),
    done({ text }) {
      const { federations } = JSON.parse(text) as { readonly federations: Readonly<Record<string, unknown>> };
      return Object.keys(federations).flatMap((id) => {
        const key = world.keys.get(id);
        if (key === undefined || !isFederation(key)) return [`${id} is no federation`];
        const reason = notHere(world, actor, oid, key);
        return reason === undefined ? [] : [`a federation is listed although ${reason}`];
      });
    },
  };
};

const OTHER_JOBS: readonly Partial<Job>[] = [
  { audience: 'https://other.example' },
  { isForged: true },
  { age: 60 },
  { repository: '99' },
];

/** Tokens of jobs that were exchanged. Each of them is valid once. */
const used = new Map<AuthorityModel, string[]>();

/** A job exchanges the token of its issuer: mostly its own, else one of another job, or one that it has used. */
export function exchangeJob({ world, random }: CommandFixture, key: Key): Command {
  const spent = used.get(world) ?? [];
  used.set(world, spent);
  const repository = random.chance(0.9) ? (repositories.get(key) ?? '') : String(1 + random.below(4));
  const isAgain = spent.length > 0 && random.chance(0.1);
  const id = `job ${random.below(2 ** 32)}`;
  const job: Job = { id, repository, ...(random.chance(0.15) ? random.pick(OTHER_JOBS) : {}) };
  const token = isAgain ? random.pick(spent) : jobToken(world.now, job);
  const scope = random.chance(0.3) ? [random.pick(PERMISSIONS), random.pick(PERMISSIONS)] : undefined;
  return {
    route: 'POST /oauth/token (federation)',
    path: '/oauth/token',
    bare: true,
    fields: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      federation_id: key.id,
      ...(scope === undefined ? {} : { scope: scope.join(' ') }),
    },
    forbidden: isAgain ? 'its token was used' : notTrusted(key, job),
    due: 'a job with a token of its own is let in',
    done({ text }) {
      spent.push(token);
      const { access_token: jwt } = JSON.parse(text) as { readonly access_token: string };
      const cut = { narrowed: scope !== undefined, onBehalf: false };
      return keepToken({ world, random }, federated(key), jwt, cut);
    },
  };
}

function notTrusted(key: Key, { repository, audience, isForged, age = -300 }: Job): Reason {
  if (isForged === true) return 'it is signed by somebody else';
  if (audience !== undefined) return 'it is for another audience';
  if (age >= 0) return 'it has expired';
  return repositories.get(key) === repository ? undefined : 'it is of another job';
}
