import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createClient } from 'redis';
import { expect, it } from 'vitest';
import { kindsToTest } from '../../../packages/stores/test/databases.js';
import { asAdmin } from '../../bench/harness/fixture.js';

const program = fileURLToPath(new URL('../../bench/dist/processes.bench.js', import.meta.url));
const redisUrl = process.env.FLAIRGATE_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';

const databases = () =>
  asAdmin((client) => client.query("select datname from pg_database where datname like 'flairgate_bench_%'"));
async function keys(): Promise<readonly string[]> {
  const client = createClient({ url: redisUrl });
  await client.connect();
  try {
    return await client.keys('flairgate-bench-*');
  } finally {
    client.destroy();
  }
}

it.each(await kindsToTest(['postgres']))(
  'the benchmark of processes on %s prints its figures and leaves nothing behind',
  async () => {
    const [before, keysBefore] = [(await databases()).rows.length, (await keys()).length];
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--smoke'], {
      encoding: 'utf8',
      timeout: 120_000,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).name);
    expect(names).toHaveLength(15);
    expect(names.at(-1)).toBe('processes/revocation/until 2 processes refuse, p99');
    expect([(await databases()).rows.length, (await keys()).length]).toEqual([before, keysBefore]);
  },
);
