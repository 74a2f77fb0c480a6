import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kindsToTest, masterKey } from '../../packages/stores/test/databases.js';
import { redisAnswers, redisUrl } from '../../packages/stores/test/redis-server.js';
import { makeDatabase } from '../cluster/processes.ts';
import { CONTAINERS, composeFleet, readContainers } from './composed-fleet.ts';
import { type FleetFolder, fleetFolder, type RunningServices } from './running-fleet.ts';
import { byKey, byToken } from './services-fixture.ts';

/** Several starts of a program, on machines that do other work too. */
const timeout = 180_000;
const kinds = await kindsToTest(['sqlite', 'postgres']);

let folder: FleetFolder;

beforeEach(async () => {
  folder = await fleetFolder();
});

afterEach(() => folder.remove());

type Headers = Readonly<Record<string, string>>;

interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask(url: string, headers: Headers, init: RequestInit = {}): Promise<Answered> {
  const response = await fetch(url, { ...init, headers: { ...headers, ...init.headers } });
  return { status: response.status, body: (await response.json()) as Answered['body'] };
}

function callsOf({ rules, sensors, issuer, oid }: RunningServices) {
  const json = { 'content-type': 'application/json' };
  return {
    makeRule: (headers: Headers, name: string) =>
      ask(`${rules}/orgs/${oid}/rules`, headers, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ name, data: '{}' }),
      }),
    listRules: (headers: Headers) => ask(`${rules}/orgs/${oid}/rules`, headers),
    deleteRule: (headers: Headers, id: unknown) =>
      ask(`${rules}/orgs/${oid}/rules/${id}`, headers, { method: 'DELETE' }),
    listSensors: (headers: Headers) => ask(`${sensors}/orgs/${oid}/sensors`, headers),
    exchange: async (secret: string) => {
      const answer = await ask(`${issuer}/jwt`, {}, { method: 'POST', body: new URLSearchParams({ oid, secret }) });
      return byToken(String(answer.body.jwt));
    },
    revoke: (headers: Headers, hash: string) =>
      ask(`${issuer}/v1/orgs/${oid}/keys`, headers, {
        method: 'DELETE',
        body: new URLSearchParams({ key_hash: hash }),
      }),
  };
}

async function tellStory(fleet: RunningServices): Promise<void> {
  const { makeRule, listRules, deleteRule, listSensors, exchange, revoke } = callsOf(fleet);
  const [analyst, vendor] = [byKey(fleet.analyst), byKey(fleet.vendor)];
  const theirs = await makeRule(analyst, 'analyst-rule');
  expect(theirs.status).toBe(200);
  expect((await makeRule(vendor, 'vendor-rule')).status).toBe(200);
  expect(await deleteRule(vendor, theirs.body.id)).toMatchObject({ status: 404 });
  const namesFor = async (headers: Headers) =>
    ((await listSensors(headers)).body.sensors as { rules: string[] }[] | undefined)?.map(({ rules }) => rules);
  const vendorToken = await exchange(fleet.vendor);
  for (const headers of [vendor, vendorToken]) {
    expect(await namesFor(headers)).toEqual([['vendor-rule'], ['vendor-rule']]);
  }
  expect((await namesFor(analyst))?.[0]).toEqual(['analyst-rule', 'vendor-rule']);
  expect(await listRules(vendorToken), 'a token for another audience').toMatchObject({ status: 401 });
  expect((await revoke(analyst, fleet.vendorHash)).status).toBe(200);
  for (const headers of [vendor, vendorToken]) {
    await expect.poll(async () => (await listSensors(headers)).status, { timeout: 60_000 }).toBe(401);
  }
  expect((await listRules(analyst)).body.rules).toHaveLength(2);
}

async function expectRefused(fleet: RunningServices): Promise<void> {
  const { listSensors, listRules, makeRule } = callsOf(fleet);
  for (const headers of [{}, byKey(`${fleet.analyst.slice(0, -1)}_`), byToken('a.b.c')]) {
    expect((await listSensors(headers)).status).toBe(401);
    expect((await listRules(headers)).status).toBe(401);
    expect((await makeRule(headers, 'forged')).status).toBe(401);
  }
}

describe('the microservices example', { timeout }, () => {
  it.skipIf(!kinds.includes('sqlite'))(
    'the microservices example tells its story without a server, refuses unknown callers, and goes on after a restart',
    async () => {
      const first = await folder.start();
      await tellStory(first);
      await expectRefused(first);
      expect(await first.stop()).toBe(0);
      const second = await folder.start();
      expect(second.text).not.toContain('ANALYST=');
      const { listSensors } = callsOf({ ...second, oid: first.oid });
      const { status, body } = await listSensors(byKey(first.analyst));
      expect({ status, body }).toMatchObject({ status: 200, body: { sensors: [{ hostname: 'mail-1' }, {}] } });
    },
  );

  it.skipIf(!kinds.includes('postgres'))('the microservices example tells the same story on PostgreSQL', async () => {
    const database = await makeDatabase();
    try {
      const env = { DATABASE_URL: database.url, FLAIRGATE_MASTER_KEY: masterKey.toString('hex') };
      const fleet = await folder.start(env);
      await tellStory(fleet);
      expect(await fleet.stop()).toBe(0);
    } finally {
      await database.remove();
    }
  });

  it.skipIf(!kinds.includes('postgres'))(
    'the microservices example tells the same story as three containers, and goes on when one restarts',
    async () => {
      const database = await makeDatabase();
      const outside = {
        DATABASE_URL: database.url,
        FLAIRGATE_MASTER_KEY: masterKey.toString('hex'),
        REDIS_URL: (await redisAnswers()) ? redisUrl : '',
      };
      const fleet = await composeFleet(outside);
      try {
        await tellStory(fleet);
        await fleet.restart('issuer');
        await fleet.restart('sensors');
        const { listSensors } = callsOf(fleet);
        await expect.poll(async () => (await listSensors(byKey(fleet.analyst))).status, { timeout: 20_000 }).toBe(200);
        expect((await listSensors(byKey(fleet.vendor))).status).toBe(401);
      } finally {
        await fleet.close();
        await database.remove();
      }
    },
  );

  it('the microservices example has three containers, and only the issuer has the master key and writes into the volume', async () => {
    const containers = await readContainers();
    const built = Object.entries(containers).filter(([, container]) => 'build' in container);
    expect(built.map(([name]) => name)).toEqual(CONTAINERS);
    const withKey = built.filter(([, { environment }]) => 'FLAIRGATE_MASTER_KEY' in environment);
    expect(withKey.map(([name]) => name)).toEqual(['issuer']);
    expect(built.map(([, { volumes }]) => volumes)).toEqual([['keys:/keys'], ['keys:/keys:ro'], ['keys:/keys:ro']]);
  });
});
