import { randomBytes } from 'node:crypto';
import { createAuthenticator, deny, UnavailableError } from '@flairgate/core';
import {
  createKey,
  createOrganization,
  createRefusalLog,
  pruneAudit,
  revokeKey,
  rotateKey,
} from '@flairgate/core/administration';
import { keyStoreOf } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
} from '../../packages/core/test/administration/fixture.js';
import { dropSchema, kindsToTest, masterKey, newSchema, postgresUrl } from '../../packages/stores/test/databases.js';

const kinds = await kindsToTest(['postgres']);
const BACKGROUND = 'flairgate-background';

/** Stops each statement of the background that has changed rows, until the test lets it go on. */
const PAUSE = (schema: string, lock: number) => `
  create function ${schema}.pause() returns trigger language plpgsql as $$ begin
    if current_setting('application_name') = '${BACKGROUND}' then perform pg_advisory_xact_lock_shared(${lock}); end if;
    return null;
  end $$`;

describe.runIf(kinds.includes('postgres'))('a write of the background', () => {
  const schema = newSchema();
  const lock = randomBytes(4).readUInt32BE();
  const apiKey = (text: string) => ({ kind: 'api-key', text }) as const;
  let setting: AdministrationFixture;
  let background: Store;
  let admin: pg.Client;
  let oid: string;

  beforeAll(async () => {
    const patient = { lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 };
    const store = await postgresStore({ url: postgresUrl, schema, masterKey, ...patient });
    const url = `${postgresUrl}?application_name=${BACKGROUND}`;
    background = await postgresStore({ url, schema, masterKey, ...patient });
    setting = await openAdministrationFixture(store);
    oid = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' })).oid;
    admin = new pg.Client({ connectionString: postgresUrl });
    await admin.connect();
    await admin.query(PAUSE(schema, lock));
    for (const table of await tables()) {
      await admin.query(`create trigger pause after insert or update or delete on ${schema}.${table}
        for each statement execute function ${schema}.pause()`);
    }
  });
  afterAll(async () => {
    await setting.authenticator.close();
    await admin.end();
    await Promise.all([setting.store.close(), background.close()]);
    await dropSchema(schema);
  });

  const tables = async () => {
    const found = await admin.query('select tablename from pg_tables where schemaname = $1', [schema]);
    return found.rows.map((row) => String(row.tablename)).filter((name) => name.startsWith('flairgate_'));
  };

  const makeKey = async (name: string, honeytoken = false) =>
    must(
      await createKey(setting.context, OPERATOR, {
        owner: { kind: 'organization', oid },
        name,
        permissions: [],
        honeytoken,
      }),
    );

  /** Rows that a write holds at its first change, and what others do meanwhile. */
  async function whilePaused(write: () => Promise<unknown>, others: () => Promise<void>) {
    await admin.query('select pg_advisory_lock($1)', [lock]);
    const writing = write();
    try {
      await expect.poll(isPaused, { timeout: 10_000 }).toBe(true);
      await others();
      return await lockedRows();
    } finally {
      await admin.query('select pg_advisory_unlock($1)', [lock]);
      await writing;
    }
  }

  const isPaused = async () => {
    const waiting = await admin.query(
      `select 1 from pg_locks where locktype = 'advisory' and not granted and objid = $1::bigint::oid`,
      [lock],
    );
    return waiting.rows.length > 0;
  };

  async function lockedRows(): Promise<Record<string, number>> {
    const locked: Record<string, number> = {};
    for (const table of await tables()) {
      const free = `select 1 from ${schema}.${table} for update skip locked`;
      const { rows } = await admin.query(`with free as (${free}) select
        (select count(*) from ${schema}.${table})::int - (select count(*) from free)::int as locked`);
      if (rows[0].locked > 0) locked[table] = rows[0].locked;
    }
    return locked;
  }

  /** Security writes. The server ends a write of a process that gets no CPU time, so they may need another try. */
  const securityWrites = async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await writeAboutKey();
      } catch (error) {
        if (attempt === 5 || !(error instanceof UnavailableError)) throw error;
      }
    }
  };

  const writeAboutKey = async () => {
    const made = await makeKey(`other-${randomBytes(4).toString('hex')}`);
    must(await rotateKey(setting.context, OPERATOR, { oid, keyId: made.keyId }));
    must(await revokeKey(setting.context, OPERATOR, { oid, keyId: made.keyId }));
  };

  /** A process of the background that has seen these keys. */
  async function gateOn(texts: readonly string[], more: object = {}) {
    const authenticator = createAuthenticator({ store: background, clock: setting.clock, ...more });
    for (const text of texts) await authenticator.authenticate(apiKey(text), '192.0.2.1');
    return authenticator;
  }

  test('a background write of last uses locks its slice of secrets and nothing else, and passes over what is held', async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, (_, at) => makeKey(`used-${at}`)));
    const authenticator = await gateOn(keys.map(({ text }) => text));
    const [held] = keys;
    const holding = new pg.Client({ connectionString: postgresUrl });
    await holding.connect();
    await holding.query('begin');
    await holding.query(`select 1 from ${schema}.flairgate_secret where key_id = $1 for update`, [held?.keyId]);
    // The row that is held counts as locked too.
    expect(await whilePaused(() => authenticator.close(), securityWrites)).toEqual({ flairgate_secret: 5 });
    await holding.query('rollback');
    await holding.end();
    const secrets = await setting.store.read((tx) => tx.find('secret', {}));
    const usedAt = keys.map(({ keyId }) => secrets.find((secret) => secret.keyId === keyId)?.lastUsedAt ?? null);
    expect(usedAt).toEqual([null, ...Array(4).fill(setting.clock.wall())]);
  });

  test('a background write of a new hash locks its secret and nothing else', async () => {
    const made = await makeKey('hashed-anew');
    const authenticator = await gateOn([]);
    await authenticator.close();
    const rehashing = await gateOn([], { keyHash: { scheme: 'pbkdf2-sha256', rounds: 1000 } });
    const use = async () => void (await rehashing.authenticate(apiKey(made.text), undefined));
    expect(await whilePaused(use, securityWrites)).toEqual({ flairgate_secret: 1 });
    await rehashing.close();
  });

  test('a background write of refusals locks nothing', async () => {
    const log = createRefusalLog({ store: background, now: setting.clock.wall, random: randomBytes });
    const caller = await setting.principal((await makeKey('refused')).text);
    log.note({ caller, denial: deny('ERR_RESOURCE_LOCKED'), address: '192.0.2.1', target: 'PUT /rules/:id' });
    expect(await whilePaused(() => log.stop(), securityWrites)).toEqual({});
  });

  test('a background write of a used honeytoken locks nothing', async () => {
    const made = await makeKey('bait', true);
    const gate = await gateOn([]);
    const use = async () => {
      await gate.authenticate(apiKey(made.text), undefined);
      await keyStoreOf(gate)?.keyVerifier.settled();
    };
    expect(await whilePaused(use, securityWrites)).toEqual({});
    await gate.close();
  });

  test('a background write that prunes the audit locks entries of the audit and nothing else', async () => {
    setting.clock.advance(2 * 86_400_000);
    const context = { ...setting.context, store: background };
    const prune = () => pruneAudit(context, OPERATOR, { olderThanDays: 1 });
    const locked = await whilePaused(prune, securityWrites);
    expect(Object.keys(locked)).toEqual(['flairgate_audit']);
  });
});
