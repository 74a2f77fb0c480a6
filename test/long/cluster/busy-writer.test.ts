import { availableParallelism, loadavg } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { type Authenticator, createAuthenticator, isDenial } from '@flairgate/core';
import { createOrganization, revokeKey, setKeyState } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
} from '../../../packages/core/test/administration/fixture.js';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../../packages/stores/test/databases.js';
import { percentile } from '../../cluster/changes.ts';

const WRITERS = Number(process.env.WRITERS ?? 300);
const TIMES = Number(process.env.TIMES ?? 100);
const P99_MS = 250;
/** Seconds in `Retry-After` of a refused write. */
const RETRY_MS = 1000;
/** The writers write for so long before the first revocation that as many wait as can. */
const WARM_MS = 2000;

type Key = Awaited<ReturnType<typeof organizationKey>>;

interface Written {
  readonly took: number[];
  refused: number;
}

/** Has each writer enable a key of its own again and again, until that is stopped. To disable it would be urgent. */
function startWriters({ context }: AdministrationFixture, oid: string, keys: readonly Key[]) {
  const written: Written = { took: [], refused: 0 };
  let isOver = false;
  const write = async ({ keyId }: Key) => {
    while (!isOver) {
      const from = performance.now();
      try {
        await setKeyState(context, OPERATOR, { oid, keyId }, 'enabled');
        written.took.push(performance.now() - from);
      } catch {
        written.refused += 1;
        await setTimeout(RETRY_MS);
      }
    }
  };
  const writers = keys.map(write);
  return {
    written,
    async stop() {
      isOver = true;
      await Promise.all(writers);
    },
  };
}

/** Milliseconds from the start of each revocation until the gate refuses the key, and until it was acknowledged. */
async function revocations(gate: Authenticator, by: AdministrationFixture, oid: string, keys: readonly Key[]) {
  const until: number[] = [];
  const acknowledged: number[] = [];
  let failedReads = 0;
  for (const { keyId, text } of keys) {
    const credential = { kind: 'api-key', text } as const;
    const found = await Promise.resolve(gate.authenticate(credential, undefined)).catch(() => undefined);
    if (found === undefined || isDenial(found)) failedReads += 1;
    const from = performance.now();
    must(await revokeKey(by.context, OPERATOR, { oid, keyId }));
    acknowledged.push(performance.now() - from);
    while (gate.getCached(credential, undefined) !== undefined) await setTimeout(1);
    until.push(performance.now() - from);
  }
  return { until, acknowledged, failedReads };
}

function summary(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (of100: number) => Math.round(percentile(sorted, of100));
  return { count: times.length, p50: at(50), p99: at(99), max: at(100) };
}

function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)(`a gateway with ${WRITERS} writers`, () => {
  let database: TestDatabase;
  let busy: AdministrationFixture;
  let other: AdministrationFixture;
  let oid: string;
  let keys: readonly Key[];

  beforeAll(async () => {
    database = await makeDatabase('postgres');
    busy = await openAdministrationFixture(await database.open());
    other = await openAdministrationFixture(await database.open());
    oid = must(await createOrganization(other.context, OPERATOR, { name: 'Acme' })).oid;
    const made = [];
    for (let at = 0; at < WRITERS + 3 * TIMES; at++) made.push(await organizationKey(other, oid, `key-${at}`));
    keys = made;
  }, 600_000);
  afterAll(async () => {
    await Promise.all([busy.authenticator.close(), other.authenticator.close()]);
    await database.remove();
  });

  test('a gateway with many writers learns of a revocation elsewhere, and makes one itself, in time', async () => {
    const gate = createAuthenticator({ store: busy.store });
    const isQuiet = load() < availableParallelism() / 2;
    const alone = await revocations(gate, busy, oid, keys.slice(WRITERS + 2 * TIMES));
    const { written, stop } = startWriters(busy, oid, keys.slice(0, WRITERS));
    await setTimeout(WARM_MS);
    const elsewhere = await revocations(gate, other, oid, keys.slice(WRITERS, WRITERS + TIMES));
    const here = await revocations(gate, busy, oid, keys.slice(WRITERS + TIMES, WRITERS + 2 * TIMES));
    await stop();
    await gate.close();
    const figures = {
      writers: WRITERS,
      writes: { ...summary(written.took), refused: written.refused },
      alone: summary(alone.until),
      elsewhere: { refusedHere: summary(elsewhere.until), acknowledged: summary(elsewhere.acknowledged) },
      here: { refusedHere: summary(here.until), acknowledged: summary(here.acknowledged) },
      isQuiet,
      load: load(),
      failedReads: elsewhere.failedReads + here.failedReads,
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(figures.failedReads).toBe(0);
    for (const { refusedHere } of [figures.elsewhere, figures.here]) {
      // Where others use the processors, a process that waits for one says nothing about the queue.
      if (isQuiet || refusedHere.p99 < P99_MS) expect(refusedHere.p99).toBeLessThan(P99_MS);
      else process.stderr.write(`not judged: p99 of at most ${P99_MS} ms; the machine was busy before the test\n`);
    }
  });
});
