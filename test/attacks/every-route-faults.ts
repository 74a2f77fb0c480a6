import { memoryStore } from '@flairgate/core';
import {
  createApiUser,
  createGroup,
  createKey,
  createServiceKey,
  createUser,
  joinUser,
  putPolicy,
} from '@flairgate/core/administration';
import { vi } from 'vitest';
import { z } from 'zod';
import { type ServerFixture, startServerFixture } from '../flow/caller.ts';
import { type Operation, operationsOf, readDescription } from '../flow/every-route/operations.ts';
import { done, operator, type Received } from '../flow/running-service.ts';
import { type Fault, type FaultyStore, faultyStore } from './faulty-store.ts';

/** One call of the store that failed in one way, and the answer to the request. */
export interface Tried {
  readonly operation: string;
  readonly call: number;
  readonly fault: Fault;
  readonly status: number;
  readonly text: string;
  /** Status of the answer when no call fails. */
  readonly usual: number;
}

/** More calls of the store than a request makes. */
const MAX_CALLS = 120;
/** Milliseconds of injected time in one step, and steps past the longest deadline. */
const STEP_MS = 2000;
const STEPS = 80;

interface Scene {
  readonly place: ServerFixture;
  readonly faulty: FaultyStore;
  readonly operation: Operation;
  /** Values of path parameters and fields: what is there, so that a request gets as far as it can. */
  readonly values: Readonly<Record<string, unknown>>;
}

export async function listOperations(): Promise<readonly Operation[]> {
  const place = await startServerFixture(undefined, { allowGetExchange: true });
  try {
    return operationsOf(await readDescription(place.running));
  } finally {
    await place.close();
  }
}

async function openScene(operation: Operation): Promise<Scene> {
  const faulty = faultyStore(await memoryStore());
  const place = await startServerFixture(faulty.store, {
    allowGetExchange: true,
    gate: { failureLimit: { limit: 0 }, maxStalenessSeconds: 300 },
  });
  const { administration, oid } = place;
  const apiUser = await done(createApiUser(administration, operator, { oid, name: 'sync' }));
  const { gid } = await done(createGroup(administration, operator, { name: 'team' }));
  const { gid: child } = await done(createGroup(administration, operator, { name: 'inner' }));
  const member = await done(createUser(administration, operator, { email: 'bo@acme.example' }));
  await done(joinUser(administration, operator, { uid: member.uid, oid, permissions: ['dr.list'] }));
  await done(putPolicy(administration, operator, { oid, name: 'rules', grants: {} }));
  const owner = { kind: 'organization', oid } as const;
  const target = await done(createKey(administration, operator, { owner, name: 'target', permissions: ['dr.list'] }));
  const values = {
    ...{ oid, gid, child, group_id: gid, uid: apiUser.uid, key_hash: target.keyId, name: 'rules', key_name: 'new' },
    ...{ email: 'bo@acme.example', member_email: 'bo@acme.example', perm: ['dr.list'], perms: ['dr.list'] },
    ...{ role: 'Viewer', grants: {}, description: 'text', overlap: 60, org_name: 'Acme', type: 'rule', id: 'one' },
  };
  return { place, faulty, operation, values };
}

const bodies = z.looseObject({
  requestBody: z
    .looseObject({
      content: z.record(
        z.string(),
        z.looseObject({ schema: z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() }) }),
      ),
    })
    .optional(),
});

/** Sends the request of an operation with fields that are there. */
async function sendAs(
  { place, operation, values }: Pick<Scene, 'place' | 'operation' | 'values'>,
  text: string,
  secret: Readonly<Record<string, string>>,
  names: readonly string[],
): Promise<Received> {
  const { method, needs } = operation;
  const path = operation.path.replace(/\{([a-z_]+)\}/g, (_, name: string) => String(values[name] ?? 'none'));
  const given = needs.kind === 'secret' ? { ...values, ...secret } : { ...values };
  const fields = Object.fromEntries(names.flatMap((name) => (name in given ? [[name, Reflect.get(given, name)]] : [])));
  const query = operation.parameters.filter((one) => one.in === 'query' && one.name in given && one.name !== 'perms');
  const search = new URLSearchParams(query.map(({ name }) => [name, String(Reflect.get(given, name))]));
  const hasBody = method !== 'GET' && names.length > 0;
  return place.running.send({
    method,
    path: query.length > 0 && !hasBody ? `${path}?${search}` : path,
    headers: {
      ...(needs.kind === 'secret' || needs.kind === 'nothing' ? {} : { 'x-api-key': text }),
      ...(needs.kind === 'service' ? { Authorization: `Basic ${Buffer.from(`x:${text}`).toString('base64')}` } : {}),
      ...(hasBody ? { 'Content-Type': 'application/json' } : {}),
      'If-Match': '*',
    },
    ...(hasBody && { body: JSON.stringify(fields) }),
  });
}

/** The caller: the owner of the organization, or a key of it without permissions. */
export type Asker = 'owner' | 'weak';

/** Faults to try, and by which caller. */
export interface Trial {
  readonly faults: readonly Fault[];
  readonly asker?: Asker;
}

/**
 * Makes each call of the store fail that a request to an operation makes, one at a time, in each of the given ways.
 *
 * Time is injected for calls that hang: only the timers of deadlines are under control, so that sockets work.
 */
export async function tryFaults(operation: Operation, { faults, asker = 'owner' }: Trial): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  for (const fault of faults) {
    const made = await failEachCall(operation, fault, asker);
    // What was committed before the fault makes a repeat another case: the usual answer is the first one without.
    const usual = made.find(({ failed, status }) => !failed || status === 200)?.status ?? 0;
    for (const [at, { failed, status, text }] of made.entries()) {
      const named = `${operation.method} ${operation.path}`;
      if (failed) tried.push({ operation: named, call: at + 1, fault, status, text, usual });
    }
  }
  return tried;
}

async function failEachCall(operation: Operation, fault: Fault, asker: Asker): Promise<readonly Made[]> {
  let scene = await openScene(operation);
  const names = await fieldsOf(scene);
  const made: Made[] = [];
  for (let call = 1; call <= MAX_CALLS; call += 1) {
    const one = await tryOne(scene, { call, fault, names, asker });
    made.push(one);
    if (!one.came) break;
    // What a request has ended is not there for the next one.
    if (one.status === 200 && operation.method !== 'GET') {
      await scene.place.close();
      scene = await openScene(operation);
    }
  }
  await scene.place.close();
  return made;
}

interface Made {
  readonly came: boolean;
  readonly failed: boolean;
  readonly status: number;
  readonly text: string;
}

async function fieldsOf({ place, operation }: Scene): Promise<readonly string[]> {
  const { text } = await place.running.send({ method: 'GET', path: '/openapi.json' });
  const { paths } = JSON.parse(text);
  const { requestBody } = bodies.parse(paths[operation.path][operation.method.toLowerCase()]);
  return Object.keys(Object.values(requestBody?.content ?? {})[0]?.schema.properties ?? {});
}

/** Creates a key that no cache has. */
async function freshKey({ place, operation }: Scene, n: number, asker: Asker): Promise<string> {
  const { administration, uid, oid } = place;
  const owner = { kind: 'organization', oid } as const;
  if (asker === 'weak') return (await done(createKey(administration, operator, { owner, name: `w${n}` }))).text;
  const input = { name: `s${n}`, organizations: 'all', mayExchange: [] } as const;
  if (operation.needs.kind === 'service') return (await done(createServiceKey(administration, operator, input))).text;
  return (await done(createKey(administration, operator, { owner: { kind: 'user', uid }, name: `k${n}` }))).text;
}

interface One {
  readonly call: number;
  readonly fault: Fault;
  readonly names: readonly string[];
  readonly asker: Asker;
}

async function tryOne(scene: Scene, { call, fault, names, asker }: One): Promise<Made> {
  const { place, faulty } = scene;
  const text = await freshKey(scene, call, asker);
  const fields =
    asker === 'weak' ? { secret: 'unknown', oid: place.oid, token: text } : { secret: text, uid: place.uid };
  if (fault === 'hangs') vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const armed = faulty.failAt(call, fault);
    const sending = sendAs(scene, text, fields, names);
    let answer: Received | undefined;
    const answered = sending.then((received) => {
      answer = received;
    });
    for (let step = 0; fault === 'hangs' && step < STEPS && answer === undefined; step += 1) {
      await turns();
      if (answer === undefined && armed.failed()) await vi.advanceTimersByTimeAsync(STEP_MS);
    }
    const isLate = fault === 'hangs' && answer === undefined && armed.failed();
    if (isLate) faulty.release();
    await answered;
    const { status, text: body } = await sending;
    const shown = isLate ? { status: 0, text: 'no answer in time' } : { status, text: body };
    return { came: armed.came(), failed: armed.failed(), ...shown };
  } finally {
    faulty.release();
    vi.useRealTimers();
  }
}

/** Lets sockets and promises go on. */
export async function turns(): Promise<void> {
  for (let at = 0; at < 40; at += 1) await new Promise((resolve) => setImmediate(resolve));
}
