import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asAdmin, kindsToTest, masterKey } from '../../packages/stores/test/databases.js';
import { type ClusterDatabase, COMMAND, makeDatabase, startGateway } from './processes.ts';

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)('flairgate migrate', { timeout: 60_000 }, () => {
  const role = `flairgate_test_${randomBytes(6).toString('hex')}`;
  let database: ClusterDatabase;

  beforeEach(async () => {
    database = await makeDatabase();
    await asAdmin((client) => client.query(`create role ${role} login`));
  });

  afterEach(async () => {
    await database.remove();
    await asAdmin((client) => client.query(`drop role ${role}`));
  });

  it('flairgate migrate lets a gateway run as a user who may not make tables', async () => {
    const env = { DATABASE_URL: database.url, FLAIRGATE_MASTER_KEY: masterKey.toString('hex') };
    const narrow = new URL(database.url);
    narrow.username = role;
    await expect(startGateway(narrow.href)).rejects.toThrow('stopped');
    for (let times = 0; times < 2; times += 1) {
      const { status, stdout } = spawnSync(process.execPath, [COMMAND, 'migrate', '--json'], { env });
      expect({ status, answer: JSON.parse(String(stdout)) }).toEqual({
        status: 0,
        answer: { migrated: true, database: 'postgres' },
      });
    }
    await grantRows(database.url, role);
    const gateway = await startGateway(narrow.href);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    expect(await gateway.stop()).toBe(0);
  });
});

async function grantRows(url: string, role: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`grant select, insert, update, delete on all tables in schema public to ${role}`);
  await client.end();
}
