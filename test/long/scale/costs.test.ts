import { readFileSync } from 'node:fs';
import { createAuthenticator, isDenial, systemClock } from '@flairgate/core';
import { createKey, setKeyState } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asAdmin, kindsToTest } from '../../../packages/stores/test/databases.js';
import { openStore } from '../../cluster/cluster.ts';
import { type ClusterDatabase, makeDatabase } from '../../cluster/processes.ts';
import { done, type Issuer, OPERATOR, startIssuer } from '../../flow/services-fixture.ts';

/** Ticks of a process's times on Linux. */
const TICK_MS = 10;
const REPEATS = 1500;

const isHere = process.platform === 'linux' && (await kindsToTest(['postgres'])).length > 0;

let database: ClusterDatabase | undefined;
let store: Store;
let control: Issuer;

beforeAll(async () => {
  if (!isHere) return;
  database = await makeDatabase();
  store = await openStore(database.url);
  control = await startIssuer({ store: await openStore(database.url) });
}, 60_000);
afterAll(async () => {
  await store?.close();
  await control?.close();
  await database?.remove();
});

/** CPU milliseconds so far of every process of the server that works for this database. */
async function serverMs(): Promise<ReadonlyMap<number, number>> {
  const name = new URL(database?.url ?? '').pathname.slice(1);
  const { rows } = await asAdmin((client) =>
    client.query('select pid from pg_stat_activity where datname = $1 and backend_type = $2', [name, 'client backend']),
  );
  return new Map(rows.map(({ pid }) => [Number(pid), cpuMs(Number(pid))]));
}

function cpuMs(pid: number): number {
  const [user = 0, system = 0] =
    readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
  return (user + system) * TICK_MS;
}

/** CPU milliseconds, in the server and here, that one of `step` takes. */
async function costOf(step: (at: number) => Promise<unknown>, repeats = REPEATS) {
  for (let at = 0; at < 50; at++) await step(at);
  const server = await serverMs();
  const own = process.cpuUsage();
  for (let at = 0; at < repeats; at++) await step(at);
  const { user, system } = process.cpuUsage(own);
  // A process that came meanwhile counts whole; one that was ended for being idle did nothing.
  const after = await serverMs();
  const spent = [...after].reduce((sum, [pid, ms]) => sum + ms - (server.get(pid) ?? 0), 0);
  return { serverMs: spent / repeats, processMs: (user + system) / 1000 / repeats };
}

test.runIf(isHere)(
  'one look, one fill and one change have a measured cost on PostgreSQL',
  { timeout: 240_000 },
  async () => {
    const { administration } = control.service.context;
    const oid = await control.organization('costs');
    const { text, keyId } = await done(
      createKey(administration, OPERATOR, {
        owner: { kind: 'organization', oid },
        name: 'k',
        permissions: ['dr.list'],
      }),
    );
    // A cache of one, and two keys in turn: each is read anew, and its hash is known.
    const other = await control.key(oid, 'other', ['dr.list']);
    const authenticator = createAuthenticator({ store, clock: systemClock, maxCachedPrincipals: 1 });
    const texts = [text, other.text];
    const fill = await costOf(async (at) => {
      const found = await authenticator.authenticate({ kind: 'api-key', text: texts[at % 2] ?? '' }, undefined);
      expect(isDenial(found)).toBe(false);
    });
    await authenticator.close();
    const { revision } = authenticator;
    const look = await costOf(() => revision.sync());
    const change = await costOf(() => done(setKeyState(administration, OPERATOR, { oid, keyId }, 'enabled')), 300);
    process.stderr.write(`${JSON.stringify({ look, fill, change })}\n`);
    for (const cost of [look, fill, change]) {
      expect(cost.serverMs).toBeGreaterThan(0);
      expect(cost.serverMs).toBeLessThan(20);
    }
    // A look is a part of a fill.
    expect(look.serverMs).toBeLessThan(fill.serverMs);
  },
);
