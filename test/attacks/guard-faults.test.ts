import { memoryStore } from '@flairgate/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Asked, type GuardedApp, guardedApp } from '../../packages/express/test/guard/guarded-app.js';
import { FAULTS, type Fault, type FaultyStore, faultyStore } from './faulty-store.ts';

const MARK = 'marked-content';
const MAX_CALLS = 120;

/** Requests through a guard, about a rule that some other key made. */
const REQUESTS: readonly (readonly [string, string, unknown?])[] = [
  ['GET', '/rules'],
  ['GET', '/rules/theirs'],
  ['POST', '/rules', { id: 'new', name: 'new', data: 'new' }],
  ['PUT', '/rules/theirs', { name: 'mine', data: 'mine' }],
  ['PATCH', '/rules/theirs', { name: 'mine' }],
  ['DELETE', '/rules/theirs'],
  ['POST', '/rules/theirs/rename', { to: 'moved' }],
  ['POST', '/rules/theirs/copy', { to: 'copied' }],
];

const opened: GuardedApp[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const app of opened.splice(0)) await app.close();
});

async function openGuarded(): Promise<{ readonly app: GuardedApp; readonly faulty: FaultyStore }> {
  const faulty = faultyStore(await memoryStore());
  const app = await guardedApp({ gate: { store: faulty.store, failureLimit: { limit: 0 } } });
  opened.push(app);
  return { app, faulty };
}

/** Makes a rule by a secret key that hides its content and locks it, and whose segment hides it from other segments. */
async function putTheirs({ kit, ask, rules }: GuardedApp, n: number): Promise<void> {
  rules.clear();
  const theirs = await kit.key({ name: `theirs${n}[secret][lock]`, permissions: ['dr.list', 'dr.set'] });
  const made = await ask(theirs, 'PUT', `/rules/theirs${n}`, { name: 'theirs', data: MARK });
  if (made.status !== 200) throw new Error(`not made: ${made.status} ${made.text}`);
}

async function turns(): Promise<void> {
  for (let at = 0; at < 40; at += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function askWith(
  { app, faulty }: Awaited<ReturnType<typeof openGuarded>>,
  request: (typeof REQUESTS)[number],
  { call, fault, flair }: { readonly call: number; readonly fault: Fault; readonly flair: string },
): Promise<{ readonly asked: Asked; readonly came: boolean; readonly failed: boolean }> {
  const [method, named, given] = request;
  const path = named.replace('theirs', `theirs${call}`);
  // A name that an earlier round may have taken would be another case.
  const body = given && JSON.parse(JSON.stringify(given).replace(/"(new|moved|copied)"/g, `"$1${call}"`));
  const key = await app.kit.key({ name: `caller${call}${flair}`, permissions: ['dr.list', 'dr.set'] });
  if (fault === 'hangs') vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const armed = faulty.failAt(call, fault);
    let isDone = false;
    const asking = app.ask(key, method, path, body).finally(() => {
      isDone = true;
    });
    for (let step = 0; fault === 'hangs' && step < 40 && !isDone; step += 1) {
      await turns();
      if (!isDone && armed.failed()) await vi.advanceTimersByTimeAsync(2000);
    }
    const isLate = !isDone && fault === 'hangs';
    if (isLate) faulty.release();
    const asked = await asking;
    return { asked: isLate ? { ...asked, status: 0 } : asked, came: armed.came(), failed: armed.failed() };
  } finally {
    faulty.release();
    vi.useRealTimers();
  }
}

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1000));
/** The long tests try every fault and every call. */
const ALL = process.env.FULL_RUNS === '1';
const faults = ALL ? FAULTS : FAULTS.filter((_, at) => at === SEED % FAULTS.length);

describe(`a guard (SEED=${SEED}) whose store fails, hangs or answers nonsense`, () => {
  it.each(faults.map((fault) => [fault]))(
    'T-O01, T-R01, V16.5: a guard whose store %s opens nothing that is hidden, secret or locked',
    async (fault) => {
      let unavailable = 0;
      for (const request of REQUESTS) {
        const scene = await openGuarded();
        for (let call = 1; call <= MAX_CALLS; call += 1) {
          await putTheirs(scene.app, call);
          const before = JSON.stringify(scene.app.rules.get(`theirs${call}`));
          const { asked, came, failed } = await askWith(scene, request, { call, fault, flair: '[segment]' });
          const where = `${request[0]} ${request[1]} at call ${call}: ${asked.status} ${asked.text.slice(0, 200)}`;
          expect(asked.text, where).not.toContain(MARK);
          expect(JSON.stringify(scene.app.rules.get(`theirs${call}`)), where).toBe(before);
          expect([200, 201, 403, 404, 409, 503], where).toContain(asked.status);
          if (failed && asked.status === 503) unavailable += 1;
          if (!came) break;
        }
      }
      expect(unavailable).toBeGreaterThan(20);
    },
  );
});
