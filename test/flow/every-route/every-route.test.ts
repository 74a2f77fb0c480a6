import { isDenial, type PrincipalKind, readCredential } from '@flairgate/core';
import { createOrganization } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerFixture, startServerFixture } from '../caller.ts';
import { done, operator } from '../running-service.ts';
import { type Caller, cast, type Part, type RouteFixture } from './cast.ts';
import { type Operation, operationsOf, pathIn, readDescription } from './operations.ts';
import { answerTo, type Stand, stands } from './stands.ts';

/** A name that no answer may contain for a caller without rights in the other organization. */
const OTHER_NAME = 'somebody else';

const NOTHING: Part = { holds: 'nothing', as: 'holder' };
const ALL_KINDS: readonly PrincipalKind[] = ['organization-key', 'user-key', 'api-user', 'ingestion-key', 'service'];
/** Kinds of callers that a route accepts if it names none. */
const ACCEPTED: readonly string[] = ['organization-key', 'user-key', 'api-user', 'user', 'federation', 'subject'];

let scene: RouteFixture;
let operations: readonly Operation[];

beforeAll(async () => {
  scene = await startRouteFixture();
  operations = operationsOf(await readDescription(scene.place.running));
});

afterAll(() => scene.place.close());

async function startRouteFixture(): Promise<RouteFixture> {
  const place: ServerFixture = await startServerFixture(undefined, {
    allowGetExchange: true,
    compactAboveBytes: 0,
    gate: { failureLimit: { limit: 1_000_000 } },
  });
  const { oid: other } = await done(createOrganization(place.administration, operator, { name: OTHER_NAME }));
  return { place, own: place.oid, other };
}

describe('every operation of the document', () => {
  it('every operation of the document has an authorization check, and no other has', () => {
    expect(Object.keys(stands).sort()).toEqual(operations.map(({ id }) => id).sort());
    expect(operations.length).toBeGreaterThan(55);
  });

  it('every operation of the document meets every kind of caller', () => {
    const kinds = new Set(Object.values(cast).map(({ kind }) => kind));
    expect([...kinds].filter((kind) => kind !== undefined).sort()).toEqual([...ALL_KINDS].sort());
  });
});

describe.each(Object.entries(cast))('to %s', (_name, caller) => {
  let headers: Readonly<Record<string, string>>;

  beforeAll(async () => {
    headers = await caller.make(scene);
  });

  it('the credential of a caller is of the kind it is called', async () => {
    expect(await kindOf(headers)).toBe(caller.kind);
  });

  it.each(['own', 'other'] as const)(
    'every route answers as its authorization check says, in the %s organization',
    async (where) => {
      for (const operation of operations) {
        const expected = expectedOf(operation, caller, where);
        const { text, ...answered } = await answerOf(operation, where, expected, caller, headers);
        if (caller.other === undefined) expect(text).not.toContain(OTHER_NAME);
        expect(answered).toMatchObject({ operation: `${operation.method} ${operation.path}`, ...expected });
      }
    },
  );
});

interface Expected {
  readonly status: number;
  readonly code?: string;
  readonly missing?: readonly string[];
}

interface Answered extends Expected {
  readonly operation: string;
  readonly text: string;
}

function expectedOf({ id, needs }: Operation, caller: Caller, where: 'own' | 'other'): Expected {
  const stand: Stand = stands[id] ?? -1;
  const letOn = { status: answerTo(stand, 'owner') };
  if (needs.kind === 'nothing' || needs.kind === 'secret') return letOn;
  const { kind } = caller;
  const accepted = needs.kind === 'service' ? ['service'] : (needs.accept ?? ACCEPTED);
  if (kind === undefined || !accepted.includes(kind)) return { status: 401 };
  if (needs.kind === 'service') return letOn;
  if (needs.kind === 'user') return actsAsUser(stand, caller) ? letOn : { status: 401, code: 'ERR_USER_REQUIRED' };
  const names = typeof stand === 'number' ? needs.names : (stand.judges ?? needs.names);
  return inOrganization(stand, names, where === 'own' ? caller.own : (caller.other ?? NOTHING));
}

/** True if a caller is the user that a route requires: a whole credential, for an act in the user's own name. */
function actsAsUser(stand: Stand, { kind, cut }: Caller): boolean {
  const ownName = typeof stand === 'object' && stand.ownName === true;
  return (kind === 'user-key' && (cut !== true || !ownName)) || (kind === 'api-user' && !ownName);
}

function inOrganization(stand: Stand, names: readonly string[], part: Part): Expected {
  const missing = names.filter((name) => !holds(part, name));
  if (missing.length > 0) return { status: 401, code: 'ERR_PERMISSION_MISSING', missing };
  return { status: answerTo(stand, part.as) };
}

function holds({ holds: held }: Part, name: string): boolean {
  return held === 'everything' || (held !== 'nothing' && held.includes(name));
}

async function answerOf(
  operation: Operation,
  where: 'own' | 'other',
  { status }: Expected,
  caller: Caller,
  headers: Readonly<Record<string, string>>,
): Promise<Answered> {
  const stand = stands[operation.id];
  // Where it works, it ends what the other calls are made with.
  if (status === 200 && typeof stand === 'object' && stand.ends === true) {
    const fresh = await startRouteFixture();
    try {
      return await callIn(fresh, operation, where, await caller.make(fresh));
    } finally {
      await fresh.place.close();
    }
  }
  return callIn(scene, operation, where, headers);
}

async function callIn(
  { place, own, other }: RouteFixture,
  operation: Operation,
  where: 'own' | 'other',
  headers: Readonly<Record<string, string>>,
): Promise<Answered> {
  const { method, path } = operation;
  const sent = await place.running.send({ method, path: pathIn(operation, where === 'own' ? own : other), headers });
  const { code, missing } = JSON.parse(sent.text);
  return { operation: `${method} ${path}`, status: sent.status, code, missing, text: sent.text };
}

/** Returns the kind of principal that the gate finds for the credential. */
async function kindOf(headers: Readonly<Record<string, string>>): Promise<PrincipalKind | undefined> {
  const { authenticator } = scene.place.running.service.gate;
  const read = readCredential(Object.entries(headers).flat());
  if (!('kind' in read)) return undefined;
  const found = await authenticator.authenticate(read, '127.0.0.1');
  return isDenial(found) ? undefined : found.kind;
}
