import { afterEach, describe, expect, test } from 'vitest';
import { kindsToTest } from '../../../packages/stores/test/databases.js';
import { openShared, type SharedStore, type Waited, writeBesideStopped } from '../../cluster/stopped-holder.ts';

const TIMES = Number(process.env.TIMES ?? 15);
/** Shorter than the pause after which the server ends a stopped process. */
const SHORT_MS = 200;

let shared: SharedStore | undefined;
afterEach(() => shared?.remove());

/** Repeats the writes, and prints how long they waited and what they were told. */
async function repeated(what: string, opened: SharedStore): Promise<{ refused: number; causes: readonly unknown[] }> {
  shared = opened;
  const waited: Waited[] = [];
  for (let at = 0; at < TIMES; at++) waited.push(...(await writeBesideStopped(opened)));
  const refused = waited.filter(({ cause }) => cause !== undefined);
  const ms = waited.map((each) => Math.round(each.ms)).toSorted((a, b) => a - b);
  const causes = [...new Set(refused.map(({ cause }) => cause))];
  const figures = { what, times: TIMES, refused: refused.length, causes, p50: ms[TIMES >> 1], max: ms.at(-1) };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  await opened.store.write((tx) => tx.lockRevision(), { locksRevision: true });
  return { refused: refused.length, causes };
}

describe.skipIf((await kindsToTest(['postgres'])).length === 0)('a process that is stopped with the lock', () => {
  test('a process that is stopped on PostgreSQL delays the security writes of others, and refuses none of them', async () => {
    expect((await repeated('default lock timeout', await openShared('postgres'))).refused).toBe(0);
  });

  test('a process that is stopped on PostgreSQL has others refused after a shorter lock timeout', async () => {
    const { refused, causes } = await repeated('short lock timeout', await openShared('postgres', SHORT_MS));
    expect(refused).toBe(TIMES);
    expect(causes).toEqual(['another write held the lock for too long']);
  });
});

test('a process that is stopped with a SQLite file delays the writes of others until it goes on', async () => {
  // No server can end it: the others say why, and go on when it does.
  const { causes } = await repeated('SQLite', await openShared('sqlite'));
  expect(causes).toEqual(['another process holds the database for too long']);
});
