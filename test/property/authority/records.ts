import type { Received } from '../../flow/running-service.ts';
import { type Command, type CommandFixture, type Maker, someOid } from './command.ts';
import { lacks, type Reason } from './judge.ts';
import { type AuthorityModel, type Credential, hasFlair, mayKnow, mayRead, type Resource } from './model.ts';

const RECORDS = '/v1/records/{oid}';
const ROUTE = `${RECORDS}/{name}`;

const keyOf = (oid: string, name: string): string => `${oid} ${name}`;

interface Chosen {
  readonly oid: string;
  readonly name: string;
  readonly path: string;
  readonly found: Resource | undefined;
}

function someRecord(scene: CommandFixture, actor: Credential): Chosen {
  const oid = someOid(scene, actor);
  const kept = [...scene.world.resources.values()].filter((each) => each.oid === oid && each.secretTo !== undefined);
  const isSecret = kept.length > 0 && scene.random.chance(0.3);
  const name = isSecret ? scene.random.pick(kept).name : `r${scene.random.below(24)}`;
  const path = ROUTE.replace('{oid}', oid).replace('{name}', name);
  return { oid, name, path, found: scene.world.resources.get(keyOf(oid, name)) };
}

function notChanged(world: AuthorityModel, actor: Credential, found: Resource): Reason {
  if (!mayKnow(world, actor, found)) return 'it is hidden';
  const { lockedBy, oid } = found;
  const isHeld = lockedBy !== undefined && lockedBy !== actor.key.identity.id;
  return isHeld && !hasFlair(world, actor, 'root', oid) ? 'it is locked by another' : undefined;
}

export const writeRecord: Maker = (scene, actor) => writing(scene, actor, someRecord(scene, actor));

/** Writes a record of a name that no other record has. */
export function writingNew(scene: CommandFixture, actor: Credential, oid: string): Command {
  const name = `n${scene.random.below(2 ** 32)}`;
  return writing(scene, actor, {
    oid,
    name,
    path: ROUTE.replace('{oid}', oid).replace('{name}', name),
    found: undefined,
  });
}

function writing({ world, random }: CommandFixture, actor: Credential, { oid, name, path, found }: Chosen): Command {
  const content = `content ${random.below(2 ** 32)}`;
  const { flairs, identity } = actor.key;
  const isBlind = found !== undefined && flairs.has('secret') && found.secretTo !== identity.secretId;
  return {
    route: `POST ${ROUTE}`,
    path,
    fields: { data: content },
    forbidden:
      lacks(world, actor, oid, 'dr.set') ??
      (found && notChanged(world, actor, found)) ??
      (isBlind ? 'whoever made it would read the secret' : undefined),
    done() {
      if (found === undefined) {
        const lockedBy = flairs.has('lock') ? identity.id : undefined;
        const secretTo = flairs.has('secret') ? identity.secretId : undefined;
        world.resources.set(keyOf(oid, name), { oid, name, createdBy: identity.id, lockedBy, secretTo, content });
      } else {
        found.content = content;
        if (flairs.has('lock')) found.lockedBy ??= identity.id;
      }
      return undefined;
    },
  };
}

export const deleteRecord: Maker = (scene, actor) => {
  const { world } = scene;
  const { oid, name, path, found } = someRecord(scene, actor);
  return {
    route: `DELETE ${ROUTE}`,
    path,
    forbidden: lacks(world, actor, oid, 'dr.del') ?? (found ? notChanged(world, actor, found) : 'there is none'),
    done() {
      world.resources.delete(keyOf(oid, name));
      return undefined;
    },
  };
};

export const readRecord: Maker = (scene, actor) => {
  const { world } = scene;
  const { oid, path, found } = someRecord(scene, actor);
  const isKnown = found !== undefined && mayKnow(world, actor, found);
  return {
    route: `GET ${ROUTE}`,
    path,
    forbidden: lacks(world, actor, oid, 'dr.list') ?? (isKnown ? undefined : 'there is none that it may know'),
    due: isKnown ? 'it is there' : undefined,
    done: ({ text }) => (found === undefined ? [] : wrongView(actor, found, JSON.parse(text))),
  };
};

export const listRecords: Maker = (scene, actor) => listRecordsIn(scene.world, actor, someOid(scene, actor));

export function listRecordsIn(world: AuthorityModel, actor: Credential, oid: string): Command {
  return {
    route: `GET ${RECORDS}`,
    path: RECORDS.replace('{oid}', oid),
    forbidden: lacks(world, actor, oid, 'dr.list'),
    done({ text }: Received) {
      const told = Object.entries(JSON.parse(text) as Readonly<Record<string, View>>);
      const known = [...world.resources.values()].filter((each) => each.oid === oid && mayKnow(world, actor, each));
      const lost = known
        .filter(({ name }) => !told.some(([each]) => each === name))
        .map(({ name }) => `${name} is not listed`);
      const wrong = told.flatMap(([name, view]) => {
        const found = known.find((each) => each.name === name);
        return found === undefined ? [`${name} is listed and should be hidden`] : wrongView(actor, found, view);
      });
      return [...lost, ...wrong];
    },
  };
}

interface View {
  readonly data: string | null;
  readonly opaque?: boolean;
}

function wrongView(actor: Credential, found: Resource, { data, opaque }: View): readonly string[] {
  if (!mayRead(actor, found)) {
    return data === null && opaque === true ? [] : [`secret content of ${found.name} is shown`];
  }
  return data === found.content ? [] : [`the content of ${found.name} is another`];
}

export const ingest: Maker = (scene, actor) => {
  const oid = someOid(scene, actor);
  const isOwn = actor.key.kind === 'ingestion' && actor.key.oid === oid;
  return {
    route: 'POST /v1/ingest/{oid}',
    path: `/v1/ingest/${oid}`,
    forbidden: isOwn ? undefined : 'only ingestion keys of the organization push data',
    due: 'it pushes data to its own organization',
  };
};
