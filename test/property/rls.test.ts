import { decide } from '@flairgate/core/internal';
import type { OrganizationCaller } from '@flairgate/core/resources';
import { rlsCaller, rowLevelSecurity } from '@flairgate/core/rls';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsToTest, postgresUrl } from '../../packages/stores/test/databases.js';
import { ownershipOf, type RuleRow, sampleParties, sampleRows, seed } from './visibility/generate.js';
import { oracle } from './visibility/oracle.js';

const [postgres] = await kindsToTest(['postgres']);
const schema = `flairgate_rls_${process.pid}`;
const role = `flairgate_rls_role_${process.pid}`;
const rows = sampleRows(120);
const parties = sampleParties(100);

/** Another table of the same database that the role owns would tell nothing: it owns nothing at all. */
describe.skipIf(postgres === undefined)(
  `row-level security, ${rows.length * parties.length} cases, seed ${seed}`,
  () => {
    const admin = new pg.Pool({ connectionString: postgresUrl, max: 1 });
    let app: pg.Pool;

    beforeAll(async () => {
      await admin.query(`create schema ${schema}`);
      await admin.query(
        `create table ${schema}.rule (pk integer primary key, oid text not null, created_by text, locked_by text, secret_to text, name text, data text)`,
      );
      for (const row of rows) {
        const { pk, oid, created_by, locked_by, secret_to, data } = row;
        await admin.query(`insert into ${schema}.rule values ($1, $2, $3, $4, $5, 'n', $6)`, [
          pk,
          oid,
          created_by,
          locked_by,
          secret_to,
          data,
        ]);
      }
      await admin.query(`create role ${role} login nosuperuser nobypassrls`);
      await admin.query(`grant usage on schema ${schema} to ${role}`);
      await admin.query(rules(role));
      const there = new URL(postgresUrl);
      there.username = role;
      app = new pg.Pool({ connectionString: there.href, max: 1, options: `-c search_path=${schema}` });
    }, 60_000);

    afterAll(async () => {
      await app?.end();
      await admin.query(`drop schema if exists ${schema} cascade`);
      await admin.query(`drop role if exists ${role}`);
      await admin.end();
    });

    const rules = (to: string) =>
      rowLevelSecurity({
        table: `${schema}.rule`,
        role: to,
        content: ['data'],
        fields: ['name'],
        columns: { id: 'pk' },
      });

    /** Runs statements as a caller, and undoes them. */
    async function as<T>(
      party: OrganizationCaller | undefined,
      work: (client: pg.PoolClient) => Promise<T>,
    ): Promise<T> {
      const client = await app.connect();
      try {
        await client.query('begin');
        if (party !== undefined) {
          const { sql, parameters } = rlsCaller(party, { schema });
          await client.query(sql, [...parameters]);
        }
        return await work(client);
      } finally {
        await client.query('rollback');
        client.release();
      }
    }

    const pks = (result: { rows: { pk: number }[] }) => result.rows.map(({ pk }) => pk).sort((a, b) => a - b);
    const matching = (accepts: (row: RuleRow) => boolean) => rows.filter(accepts).map(({ pk }) => pk);
    const mayReach = (party: OrganizationCaller, row: RuleRow, asked: 'know' | 'read' | 'update' | 'delete') => {
      const expected = row.oid === party.oid && oracle(party, ownershipOf(row), asked);
      expect(row.oid === party.oid && decide(party, ownershipOf(row), asked).allowed).toBe(expected);
      return expected;
    };

    it('row-level security gives every caller the rows and the content that the rules give', async () => {
      for (const party of parties) {
        await as(party, async (client) => {
          expect(pks(await client.query('select pk from rule'))).toEqual(
            matching((row) => mayReach(party, row, 'know')),
          );
          const view = await client.query('select pk, data, opaque from rule_content order by pk');
          expect(view.rows).toEqual(
            rows
              .filter((row) => mayReach(party, row, 'know'))
              .map((row) => {
                const read = mayReach(party, row, 'read');
                return { pk: row.pk, data: read ? row.data : null, opaque: !read };
              }),
          );
        });
      }
    }, 120_000);

    it('row-level security lets every caller change and remove what the rules let, and takes the lock', async () => {
      for (const party of parties) {
        const reached = matching((row) => mayReach(party, row, 'update'));
        await as(party, async (client) => {
          const updated = await client.query(`update rule set name = 'x', data = 'new' returning pk, locked_by`);
          expect(pks(updated)).toEqual(reached);
          for (const { pk, locked_by } of updated.rows) {
            const was = rows.find((row) => row.pk === pk)?.locked_by ?? null;
            expect(locked_by).toBe(was ?? (party.lock ? party.identity : null));
          }
        });
        await as(party, async (client) => {
          expect(pks(await client.query('delete from rule returning pk'))).toEqual(reached);
        });
      }
    }, 120_000);

    it('row-level security stamps what a caller makes, and takes ownership from no statement', async () => {
      for (const party of parties.slice(0, 20)) {
        await as(party, async (client) => {
          await client.query(`insert into rule (pk, name, data) values (0, 'n', 'mine')`);
          const { rows: made } = await client.query('select * from rule_content where pk = 0');
          expect(made).toEqual([
            {
              pk: 0,
              oid: party.oid,
              created_by: party.identity,
              locked_by: party.lock ? party.identity : null,
              secret_to: party.secret ? party.secretId : null,
              name: 'n',
              data: 'mine',
              opaque: false,
            },
          ]);
        });
        for (const column of ['oid', 'created_by', 'locked_by', 'secret_to']) {
          await expect(as(party, (client) => client.query(`update rule set ${column} = 'x'`))).rejects.toThrow(
            /permission denied/,
          );
          await expect(
            as(party, (client) => client.query(`insert into rule (pk, ${column}) values (0, 'x')`)),
          ).rejects.toThrow(/permission denied/);
        }
      }
    });

    it.each([
      'select data from rule',
      'select * from rule',
      "select pk from rule where data like 'c%'",
      'select pk from rule order by data',
      "update rule set data = data || 'x'",
      'update rule set name = data',
      "update rule set name = 'x' returning data",
      'delete from rule where data is not null',
      'truncate rule',
      'alter table rule disable row level security',
      'select (rule).data from rule',
      'copy rule to stdout',
    ])('row-level security gives content and the table itself to no statement: %s', async (statement) => {
      const [party] = parties;
      await expect(as(party, (client) => client.query(statement))).rejects.toThrow(/permission denied|must be owner/);
    });

    it('row-level security gives nothing without a caller: settings that are missing, empty, or left from the transaction before', async () => {
      const nothing = async (client: pg.PoolClient) => {
        expect((await client.query('select pk from rule')).rows).toEqual([]);
        expect((await client.query('select pk from rule_content')).rows).toEqual([]);
        expect((await client.query(`update rule set name = 'x' returning pk`)).rows).toEqual([]);
        expect((await client.query('delete from rule returning pk')).rows).toEqual([]);
        await expect(client.query(`insert into rule (pk) values (0)`)).rejects.toThrow(
          /nobody calls|row-level security/,
        );
      };
      const fresh = new pg.Client({
        connectionString: (app.options as { connectionString: string }).connectionString,
        options: `-c search_path=${schema}`,
      });
      await fresh.connect();
      expect((await fresh.query('select pk from rule')).rows).toEqual([]);
      await fresh.end();
      const [party] = parties;
      if (party === undefined) throw new Error('no party');
      await as(party, async (client) => expect((await client.query('select pk from rule')).rows).not.toBeUndefined());
      await as(undefined, nothing);
      const names = ['oid', 'identity', 'secret_id', 'flairs'];
      for (const name of names) {
        await as(party, async (client) => {
          await client.query(`select set_config('flairgate.${name}', '', true)`);
          await nothing(client);
        });
      }
    });

    it('row-level security refuses a superuser and a role with BYPASSRLS', async () => {
      const [party] = parties;
      if (party === undefined) throw new Error('no party');
      const { sql, parameters } = rlsCaller(party, { schema });
      await expect(admin.query(sql, [...parameters])).rejects.toThrow(/superuser/);
      await admin.query(`create role ${role}_bypass bypassrls`);
      await expect(admin.query(rules(`${role}_bypass`))).rejects.toThrow(/BYPASSRLS/);
      await admin.query(`drop role ${role}_bypass`);
    });
  },
);
