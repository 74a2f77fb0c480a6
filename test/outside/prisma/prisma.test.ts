import { prismaFilter, prismaUpdates } from '@flairgate/core/filters/prisma';
import type { OrganizationCaller, WhereAction } from '@flairgate/core/resources';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rules } from '../../property/visibility/backends.js';
import { ownershipOf, type RuleRow, sampleParties, sampleRows, seed } from '../../property/visibility/generate.js';
import { type Asked, lockAfterUpdate, oracle } from '../../property/visibility/oracle.js';
import { openClient, type RulePrisma } from './client.js';

const ACTIONS: Readonly<Record<WhereAction, Asked>> = {
  read: 'know',
  content: 'read',
  update: 'update',
  delete: 'delete',
  patch: 'patch',
  upsert: 'upsert',
};
const url = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/test';
const schema = `flairgate_prisma_${process.pid}`;
const rows = sampleRows(200);
const callers = sampleParties(60);
const columns = 'pk integer primary key, oid text not null, created_by text, locked_by text, secret_to text, data text';

console.info(`prisma: SEED=${seed}`);

describe('Prisma on PostgreSQL, one visibility', () => {
  const admin = new pg.Pool({ connectionString: url, max: 1 });
  let prisma: RulePrisma;

  beforeAll(async () => {
    await admin.query(`create schema ${schema}`);
    await admin.query(`create table ${schema}.rule (${columns})`);
    prisma = openClient(url, schema);
    await prisma.rule.createMany({ data: [...rows] });
  });
  afterAll(async () => {
    await prisma?.$disconnect();
    await admin.query(`drop schema if exists ${schema} cascade`);
    await admin.end();
  });

  const mayReach = (party: OrganizationCaller, row: RuleRow, asked: Asked) =>
    row.oid === party.oid && oracle(party, ownershipOf(row), asked);

  it('one visibility in Prisma on PostgreSQL selects the rows that the rules give', async () => {
    let compared = 0;
    for (const party of callers) {
      for (const [action, asked] of Object.entries(ACTIONS) as [WhereAction, Asked][]) {
        const where = prismaFilter(rules.where(party, action));
        const found = await prisma.rule.findMany({ where, select: { pk: true }, orderBy: { pk: 'asc' } });
        expect(found.map(({ pk }) => pk)).toEqual(
          rows.filter((row) => mayReach(party, row, asked)).map(({ pk }) => pk),
        );
        compared += rows.length;
      }
    }
    console.info(`prisma: ${compared} cases compared`);
    expect(compared).toBeGreaterThanOrEqual(10_000);
  });

  it('one visibility in Prisma on PostgreSQL takes the same locks in an update, and touches nothing else', async () => {
    const undo = new Error('undo');
    for (const party of callers) {
      const expected = rows.map((row) => {
        const touched = mayReach(party, row, 'update');
        const locked = touched ? lockAfterUpdate(party, ownershipOf(row)) : row.locked_by;
        return { pk: row.pk, data: touched ? 'new' : row.data, locked_by: locked };
      });
      let seen: unknown;
      const work = prisma.$transaction(
        async (tx) => {
          for (const row of rows) {
            for (const { where, data } of prismaUpdates(rules, party)) {
              const done = await tx.rule.updateMany({
                where: { AND: [{ pk: row.pk }, where] },
                data: { data: 'new', ...data },
              });
              if (done.count > 0) break;
            }
          }
          seen = await tx.rule.findMany({ select: { pk: true, data: true, locked_by: true }, orderBy: { pk: 'asc' } });
          throw undo;
        },
        { timeout: 60_000 },
      );
      await expect(work).rejects.toBe(undo);
      expect(seen).toEqual(expected);
    }
  });
});
