import { memoryFilter } from '@flairgate/core/filters/memory';
import { mongodbFilter, mongodbUpdates } from '@flairgate/core/filters/mongodb';
import { prismaFilter, prismaUpdates } from '@flairgate/core/filters/prisma';
import { decide, visibilityOf } from '@flairgate/core/internal';
import type { OrganizationCaller, Ownership, WhereAction } from '@flairgate/core/resources';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../runs.ts';
import { type Backend, kyselyOnSqlite, onPostgres, rules } from './visibility/backends.js';
import {
  ownershipOf,
  ownerships,
  parties,
  type RuleRow,
  sampleParties,
  sampleRows,
  seed,
} from './visibility/generate.js';
import { matchesMongodb, matchesPrisma } from './visibility/interpreters.js';
import { type Asked, lockAfterUpdate, oracle } from './visibility/oracle.js';

const DECISIONS = runs(120_000);
const ACTIONS: Readonly<Record<WhereAction, Asked>> = {
  read: 'know',
  content: 'read',
  update: 'update',
  delete: 'delete',
  patch: 'patch',
  upsert: 'upsert',
};
const url = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/test';
const rows = sampleRows(200);
const callers = sampleParties(60);

console.info(`visibility: SEED=${seed}`);

describe('the decision', () => {
  it('the decision agrees with the written rules on random callers and resources', () => {
    const asked = fc.constantFrom('know', 'read', 'update', 'delete');
    const agrees = fc.property(parties, ownerships, asked, (party, ownership, action) => {
      expect(decide(party, ownership, action).allowed).toBe(oracle(party, ownership, action));
    });
    fc.assert(agrees, { numRuns: DECISIONS, seed });
  });

  it('the decision agrees with the written rules on every combination of flairs and owners', () => {
    let compared = 0;
    for (const party of everyParty()) {
      for (const ownership of everyOwnership()) {
        for (const action of ['know', 'read', 'update', 'delete'] as const) {
          expect(decide(party, ownership, action).allowed).toBe(oracle(party, ownership, action));
          compared += 1;
        }
      }
    }
    expect(compared).toBe(16 * 27 * 4);
  });

  it('the decision never lets `root` read what is secret to another caller', () => {
    const withheld = fc.property(parties, ownerships, (party, ownership) => {
      fc.pre(ownership.secretTo !== null && ownership.secretTo !== party.secretId);
      expect(decide({ ...party, root: true }, ownership, 'read').allowed).toBe(false);
    });
    fc.assert(withheld, { numRuns: runs(2000), seed });
  });
});

describe('one visibility, every interpreter', () => {
  const backends: Backend[] = [];
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    const sqlite = await kyselyOnSqlite(rows);
    backends.push(sqlite);
    closing.push(sqlite.close);
    const unreachable = await whyUnreachable();
    if (unreachable !== undefined) {
      console.warn(`visibility: PostgreSQL left out: ${unreachable}`);
      return;
    }
    const postgres = await onPostgres(url, rows);
    backends.push(...postgres.backends);
    closing.push(postgres.drop);
  });

  afterAll(async () => {
    for (const close of closing) await close();
  });

  it('the interpreters of a visibility have PostgreSQL among them when they run in CI', () => {
    if (process.env.CI !== undefined) expect(backends).toHaveLength(4);
  });

  it('every interpreter of a visibility selects the same rows', async () => {
    let compared = 0;
    for (const party of callers) {
      for (const [action, asked] of entries(ACTIONS)) {
        const expected = rows.filter((row) => mayReach(party, row, asked)).map(({ pk }) => pk);
        const where = rules.where(party, action);
        for (const backend of backends) expect(await backend.select(where), backend.name).toEqual(expected);
        expect(
          memoryFilter(where, rows).map(({ pk }) => pk),
          'memory',
        ).toEqual(expected);
        expect(
          matching((row) => matchesPrisma(prismaFilter(where), row)),
          'Prisma',
        ).toEqual(expected);
        expect(
          matching((row) => matchesMongodb(mongodbFilter(where), row)),
          'MongoDB',
        ).toEqual(expected);
        compared += rows.length;
      }
    }
    expect(compared).toBeGreaterThanOrEqual(10_000);
  });

  it('every interpreter of a visibility withholds the same content, in SQL and in memory', async () => {
    for (const party of callers) {
      const seen = rules.view(party, rows);
      const known = rows.filter((row) => mayReach(party, row, 'know'));
      const expected = known.map((row) => {
        const opaque = !mayReach(party, row, 'read');
        return { pk: row.pk, data: opaque ? null : row.data, opaque };
      });
      expect(seen.map(({ pk, data, opaque = false }) => ({ pk, data, opaque }))).toEqual(expected);
      for (const backend of backends) {
        const selected = await backend.content(party);
        const plain = selected.map(({ pk, data, opaque }) => ({ pk, data, opaque: Boolean(opaque) }));
        expect(plain, backend.name).toEqual(expected);
      }
    }
  });

  it('every interpreter of a visibility takes the same locks in an update', async () => {
    for (const party of callers) {
      const touched = rows.filter((row) => mayReach(party, row, 'update'));
      const expected = touched.map((row) => ({ pk: row.pk, locked_by: lockAfterUpdate(party, ownershipOf(row)) }));
      for (const backend of backends) expect(await backend.update(party), backend.name).toEqual(expected);
      expect(
        updated(prismaUpdates(rules, party).map(({ where, data }) => [(row) => matchesPrisma(where, row), data])),
      ).toEqual(expected);
      expect(
        updated(mongodbUpdates(rules, party).map(({ filter, set }) => [(row) => matchesMongodb(filter, row), set])),
      ).toEqual(expected);
    }
  });

  it('every interpreter of a visibility writes over a row the caller did not ask for only where the rules let it', async () => {
    for (const party of callers) {
      for (const row of rows.slice(0, 8)) {
        const allowed = mayReach(party, row, 'upsert');
        const expected = allowed ? [{ pk: row.pk, locked_by: lockAfterUpdate(party, ownershipOf(row)) }] : [];
        for (const backend of backends) expect(await backend.upsert(party, row.pk), backend.name).toEqual(expected);
      }
    }
  });

  it('every interpreter of a visibility reaches no row of another organization', () => {
    for (const party of callers) {
      for (const [action] of entries(ACTIONS)) {
        const visibility = visibilityOf(party, action);
        expect(visibility.kind === 'where' && visibility.condition[0]).toEqual({
          field: 'organization',
          value: party.oid,
          orEmpty: false,
        });
      }
    }
  });
});

function mayReach(party: OrganizationCaller, row: RuleRow, asked: Asked): boolean {
  return row.oid === party.oid && oracle(party, ownershipOf(row), asked);
}

function matching(accepts: (row: RuleRow) => boolean): readonly number[] {
  return rows.filter(accepts).map(({ pk }) => pk);
}

/** Returns the rows after a list of updates, of which the first that matches a row applies to it. */
function updated(attempts: readonly (readonly [(row: RuleRow) => boolean, Readonly<Record<string, string>>])[]) {
  return rows.flatMap((row) => {
    const attempt = attempts.find(([accepts]) => accepts(row));
    return attempt === undefined ? [] : [{ pk: row.pk, locked_by: attempt[1].locked_by ?? row.locked_by }];
  });
}

function* everyParty(): Generator<OrganizationCaller> {
  for (let bits = 0; bits < 16; bits += 1) {
    const [segment = false, lock = false, secret = false, root = false] = [1, 2, 4, 8].map((bit) => (bits & bit) !== 0);
    yield { oid: 'org-a', identity: 'key-1', secretId: 'sid-1', segment, lock, secret, root };
  }
}

function* everyOwnership(): Generator<Ownership> {
  for (const createdBy of ['key-1', 'key-2', null]) {
    for (const lockedBy of ['key-1', 'key-2', null]) {
      for (const secretTo of ['sid-1', 'sid-2', null]) yield { createdBy, lockedBy, secretTo };
    }
  }
}

function entries<K extends string, V>(record: Readonly<Record<K, V>>): readonly (readonly [K, V])[] {
  return Object.entries(record) as [K, V][];
}

async function whyUnreachable(): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
