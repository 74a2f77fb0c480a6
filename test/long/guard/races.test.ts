import { kyselyFilter, kyselyStamp } from '@flairgate/core/filters/kysely';
import { createResourceRules, type OrganizationCaller } from '@flairgate/core/resources';
import type { TestKey } from '@flairgate/express/testing';
import express, { Router } from 'express';
import fc from 'fast-check';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { type GuardedApp, guardedApp, type Rule } from '../../../packages/express/test/guard/guarded-app.js';
import { makeDatabase } from '../../../packages/stores/test/databases.js';
import { type Caller, PLAIN, type Seen, type Step, someOrderGives } from './orders.js';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const ROUNDS = Number(process.env.ROUNDS ?? 1_000);

const FLAIRS: readonly Caller[] = [
  PLAIN,
  { ...PLAIN, lock: true },
  { ...PLAIN, lock: true, secret: true },
  { ...PLAIN, secret: true },
  { ...PLAIN, segment: true, lock: true },
  { ...PLAIN, root: true, lock: true },
];

const operations = fc.constantFrom<Step['operation']>('create', 'upsert', 'update', 'delete', 'read');
const rounds = fc.record({
  first: fc.integer({ min: 0, max: FLAIRS.length - 1 }),
  second: fc.integer({ min: 0, max: FLAIRS.length - 1 }),
  programs: fc.tuple(
    fc.array(operations, { minLength: 1, maxLength: 4 }),
    fc.array(operations, { minLength: 1, maxLength: 4 }),
  ),
  before: fc.option(fc.constantFrom(0, 1)),
});

type Ask = (caller: number, flairs: number, step: Step, id: string) => Promise<Omit<Seen, 'step'>>;

/** Two callers run their programs on one resource at once; then both read and update it, one after the other. */
async function race(ask: Ask, exactly: boolean): Promise<void> {
  for (const [round, { first, second, programs, before }] of fc.sample(rounds, { numRuns: ROUNDS, seed }).entries()) {
    const id = `r${round}`;
    const flairs = [first, second];
    const play = async (caller: number, list: readonly Step['operation'][], at: string): Promise<Seen[]> => {
      const seen: Seen[] = [];
      for (const [index, operation] of list.entries()) {
        const step = { caller, operation, mark: `${caller}${at}${index}` };
        seen.push({ step, ...(await ask(caller, flairs[caller] ?? 0, step, id)) });
      }
      return seen;
    };
    const opening = before === null ? [] : await play(before, ['create'], 'o');
    const played = await Promise.all(programs.map((list, caller) => play(caller, list, 'p')));
    const last = [...(await play(0, ['read', 'update'], 'x')), ...(await play(1, ['read', 'update'], 'y'))];
    const callers = flairs.map((index) => FLAIRS[index] ?? PLAIN);
    const [one = [], two = []] = played;
    const whole = before === 1 ? [one, [...opening, ...two]] : [[...opening, ...one], two];
    const found = someOrderGives(whole, callers, { exactly, last });
    if (!found)
      expect.fail(
        `seed ${seed}, round ${round}: no order gives ${JSON.stringify({ callers, opening, played, last }, null, 1)}`,
      );
  }
}

function nameOf(flairs: Caller): string {
  return Object.entries(flairs)
    .filter(([, has]) => has)
    .map(([name]) => `[${name}]`)
    .join('');
}

/** A router whose every step takes a while, so that steps of two requests meet. */
function slowRouter(rules: Map<string, Rule>): Router {
  const router = Router();
  const pause = () => new Promise((done) => setTimeout(done, Math.random() * 2));
  router.use(express.json());
  router.get('/:id', async (req, res) => {
    await pause();
    const rule = rules.get(req.params.id);
    if (rule === undefined) res.sendStatus(404);
    else res.json(rule);
  });
  router.post('/', async (req, res) => {
    const taken = rules.has(req.body.id);
    await pause();
    if (taken) return void res.sendStatus(409);
    rules.set(req.body.id, req.body);
    return void res.status(201).json(req.body);
  });
  router.put('/:id', async (req, res) => {
    await pause();
    rules.set(req.params.id, { ...req.body, id: req.params.id });
    await pause();
    res.json(rules.get(req.params.id));
  });
  router.patch('/:id', async (req, res) => {
    const rule = rules.get(req.params.id);
    await pause();
    if (rule === undefined) return void res.sendStatus(404);
    rules.set(rule.id, { ...rule, name: req.body.name });
    return void res.json(rules.get(rule.id));
  });
  router.delete('/:id', async (req, res) => {
    await pause();
    rules.delete(req.params.id);
    res.sendStatus(204);
  });
  return router;
}

describe(`races on one resource, ${ROUNDS} rounds, seed ${seed}`, () => {
  it('races on one resource through the guard have the outcome of some order', async () => {
    const app: GuardedApp = await guardedApp({ router: slowRouter, guard: { writeWaitMs: 30_000 } });
    const keys = await keysOf(app);
    await race(askGuarded([app, app], keys), true);
    expect(await app.kit.store.read((tx) => tx.find('intent', {}))).toEqual([]);
    await app.close();
  });

  it('races on one resource through two gates on one PostgreSQL, each with its own caller, have the outcome of some order', async () => {
    const database = await makeDatabase('postgres');
    const shared = { rules: new Map<string, Rule>(), router: slowRouter, guard: { writeWaitMs: 30_000 } };
    const one = await guardedApp({ ...shared, gate: { store: await database.open() } });
    const two = await guardedApp({ ...shared, gate: { store: await database.open() } });
    await race(askGuarded([one, two], await keysOf(one)), true);
    expect(await one.kit.store.read((tx) => tx.find('intent', {}))).toEqual([]);
    await one.close();
    await two.close();
    await database.remove();
  });

  const url = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/test';
  const schema = `flairgate_races_${process.pid}`;
  const admin = new pg.Pool({ connectionString: url, max: 1 });
  afterAll(async () => {
    await admin.query(`drop schema if exists ${schema} cascade`);
    await admin.end();
  });

  it('races on one resource inline, on PostgreSQL, have the outcome of some order', async () => {
    await admin.query(`create schema ${schema}`);
    await admin.query(
      `create table ${schema}.rule (id text primary key, oid text not null, created_by text, locked_by text, secret_to text, name text, data text)`,
    );
    const pool = new pg.Pool({ connectionString: url, max: 4, options: `-c search_path=${schema}` });
    const db = new Kysely<{ rule: Row }>({ dialect: new PostgresDialect({ pool }) });
    await race(askInline(db), false);
    await db.destroy();
  });
});

/** Two callers' keys, one for each kind. */
async function keysOf({ kit }: GuardedApp): Promise<readonly (readonly TestKey[])[]> {
  const keys: TestKey[][] = [];
  for (const caller of [0, 1]) {
    keys.push(await Promise.all(FLAIRS.map((flairs, at) => kit.key({ name: `k${caller}-${at}${nameOf(flairs)}` }))));
  }
  return keys;
}

type Sent = readonly [method: string, path: string, body: unknown];

const SENT: Readonly<Record<Step['operation'], (id: string, name: string) => Sent>> = {
  create: (id, name) => ['POST', '/rules', { id, name, data: 1 }],
  upsert: (id, name) => ['PUT', `/rules/${id}`, { name, data: 1 }],
  update: (id, name) => ['PATCH', `/rules/${id}`, { name }],
  delete: (id) => ['DELETE', `/rules/${id}`, undefined],
  read: (id) => ['GET', `/rules/${id}`, undefined],
};

function askGuarded(apps: readonly GuardedApp[], keys: readonly (readonly TestKey[])[]): Ask {
  return async (caller, flairs, { operation, mark }, id) => {
    const app = apps[caller];
    const key = keys[caller]?.[flairs];
    if (app === undefined || key === undefined) throw new Error('no such caller');
    const { status, json } = await app.ask(key, ...SENT[operation](id, mark));
    return { status, name: json?.name, opaque: json?.opaque === true };
  };
}

interface Row extends Rule {
  readonly oid: string;
  readonly created_by: string | null;
  readonly locked_by: string | null;
  readonly secret_to: string | null;
  readonly data: string;
}

const rules = createResourceRules({ type: 'rule', content: ['data'] });
const STATUSES: Readonly<Record<string, number>> = {
  ERR_NOT_FOUND: 404,
  ERR_RESOURCE_LOCKED: 403,
  ERR_ETAG_MISMATCH: 412,
};

type Db = Kysely<{ rule: Row }>;
type Statement = (db: Db, party: OrganizationCaller, id: string, name: string) => Promise<Row | undefined>;

/** The statements of docs/resources.md. */
const STATEMENTS: Readonly<Record<Step['operation'], Statement>> = {
  read: (db, party, id) =>
    db
      .selectFrom('rule')
      .selectAll()
      .where('id', '=', id)
      .where(kyselyFilter(rules.where(party, 'read')))
      .executeTakeFirst(),
  create: (db, party, id, name) => {
    const values = { id, name, data: 'd', ...rules.stamp(party, 'create') } as Row;
    const insert = db.insertInto('rule').values(values);
    return insert
      .onConflict((clash) => clash.doNothing())
      .returningAll()
      .executeTakeFirst();
  },
  delete: (db, party, id) =>
    db
      .deleteFrom('rule')
      .where('id', '=', id)
      .where(kyselyFilter(rules.where(party, 'delete')))
      .returningAll()
      .executeTakeFirst(),
  update: (db, party, id, name) =>
    db
      .updateTable('rule')
      .set({ name, ...kyselyStamp(rules, party) })
      .where('id', '=', id)
      .where(kyselyFilter(rules.where(party, 'update')))
      .returningAll()
      .executeTakeFirst(),
  upsert: (db, party, id, name) => {
    const values = { id, name, data: 'd', ...rules.stamp(party, 'create') } as Row;
    const upsert = db
      .insertInto('rule')
      .values(values)
      .onConflict((clash) =>
        clash
          .column('id')
          .doUpdateSet({ name, data: 'd', ...kyselyStamp(rules, party, { table: 'rule' }) })
          .where(kyselyFilter(rules.where(party, 'upsert'), { table: 'rule' })),
      );
    return upsert.returningAll().executeTakeFirst();
  },
};

const DONE: Readonly<Record<Step['operation'], number>> = {
  read: 200,
  create: 201,
  update: 200,
  upsert: 200,
  delete: 204,
};

/** Asks as a service would: one statement, and one explaining query where it touched no row. */
function askInline(db: Db): Ask {
  return async (caller, flairs, { operation, mark }, id) => {
    const party: OrganizationCaller = {
      oid: 'o',
      identity: `i${caller}`,
      secretId: `s${caller}`,
      ...(FLAIRS[flairs] ?? PLAIN),
    };
    const row = await STATEMENTS[operation](db, party, id, mark);
    if (row !== undefined) {
      const view = rules.view(party, row);
      return { status: DONE[operation], name: view?.name ?? undefined, opaque: view?.opaque === true };
    }
    const refused = { name: undefined, opaque: false };
    if (operation === 'create') return { status: 409, ...refused };
    const there = await db.selectFrom('rule').selectAll().where('id', '=', id).executeTakeFirst();
    return { status: STATUSES[rules.refusal(party, there, operation).code] ?? 409, ...refused };
  };
}
