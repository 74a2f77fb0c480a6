import {
  allow,
  createResourceRules,
  type Denial,
  deny,
  type OrganizationView,
  type Outcome,
  type Store,
  type WhereAction,
} from '@flairgate/core';
import { kyselyContent, kyselyFilter, kyselyStamp } from '@flairgate/core/filters/kysely';
import type { Kysely } from 'kysely';
import type { Records } from '../records/records.js';
import type { ObjectTable, Tables } from '../records/tables.js';

/** Where objects are kept, and what makes new ones. */
export interface ObjectOptions {
  readonly records: Records;
  readonly store: Store;
  readonly now: () => number;
  readonly randomUUID: () => string;
}

/** Who asks, and for which kind of object. */
export interface Asking {
  readonly caller: OrganizationView;
  /** What others are shown of the caller. */
  readonly ident: string;
  readonly kind: string;
}

/** An object as the caller may see it; `data` is null where it is withheld. */
export interface SeenObject extends Omit<ObjectTable, 'data' | 'created_by' | 'locked_by' | 'secret_to'> {
  readonly data: string | null;
  readonly opaque?: true;
}

/** Objects under the rules of their flairs: every statement carries the rule itself. */
export interface Objects {
  list(asking: Asking): Promise<readonly SeenObject[]>;
  read(asking: Asking, id: string): Promise<Outcome<SeenObject>>;
  /** Gives the new id. */
  create(asking: Asking, data: object): Promise<string>;
  /** Replaces the content. `undefined` or null is the blank that a caller sees of what is withheld. */
  replace(asking: Asking, id: string, data: object | null | undefined): Promise<Outcome<undefined>>;
  remove(asking: Asking, id: string): Promise<Outcome<undefined>>;
}

const TABLE = 'limacharlie_object';
const COLUMNS = [
  ...['oid', 'kind', 'id', 'created_by', 'locked_by', 'secret_to'],
  ...['author', 'created_at', 'last_author', 'last_mod'],
] as const satisfies readonly (keyof ObjectTable)[];

/** Most objects of one kind that a list shows. */
const MAX_LISTED = 1000;

const rules = createResourceRules({ type: 'object', content: ['data'] });

export function createObjects({ records, store, now, randomUUID }: ObjectOptions): Objects {
  const explain = async (asking: Asking, id: string, action: WhereAction): Promise<Denial> => {
    const row = await records.read((db) => rowOf(db, asking, id));
    const holder = row?.locked_by ?? undefined;
    const identity = holder === undefined ? undefined : await store.read((tx) => tx.get('identity', { id: holder }));
    return rules.refusal(asking.caller, row, action, { nameOf: () => identity?.name });
  };
  return {
    async list(asking) {
      const rows = await records.read((db) => known(db, asking).orderBy('id').limit(MAX_LISTED).execute());
      return rules.view(asking.caller, rows) as SeenObject[];
    },
    async read(asking, id) {
      const row = await records.read((db) => known(db, asking).where('id', '=', id).executeTakeFirst());
      const seen = rules.view(asking.caller, row) as SeenObject | undefined;
      return seen === undefined ? deny('ERR_NOT_FOUND') : allow(seen);
    },
    async create(asking, data) {
      const { caller, ident, kind } = asking;
      const [id, at] = [randomUUID(), now()];
      const written = { author: ident, created_at: at, last_author: ident, last_mod: at };
      const row = { kind, id, data: JSON.stringify(data), ...written, ...rules.stamp(caller, 'create') };
      await records.write((db) => db.insertInto(TABLE).values(row).execute());
      return id;
    },
    async replace(asking, id, data) {
      if (data === undefined || data === null) {
        const row = await records.read((db) => rowOf(db, asking, id));
        const admitted = rules.admit(asking.caller, row, { kind: 'replace', body: { data: null } });
        return admitted.allowed ? deny('ERR_VALIDATION') : admitted;
      }
      const changed = await records.write((db) => change(db, asking, id, JSON.stringify(data), now()));
      return changed > 0n ? allow(undefined) : explain(asking, id, 'update');
    },
    async remove(asking, id) {
      const gone = await records.write((db) => drop(db, asking, id));
      return gone > 0n ? allow(undefined) : explain(asking, id, 'delete');
    },
  };
}

function known(db: Kysely<Tables>, { caller, kind }: Asking) {
  return db
    .selectFrom(TABLE)
    .select(COLUMNS)
    .select(kyselyContent(rules, caller))
    .where('oid', '=', caller.oid)
    .where('kind', '=', kind)
    .where(kyselyFilter(rules.where(caller, 'read')));
}

function rowOf(db: Kysely<Tables>, { caller, kind }: Asking, id: string) {
  return db
    .selectFrom(TABLE)
    .select(['oid', 'id', 'created_by', 'locked_by', 'secret_to'])
    .where('oid', '=', caller.oid)
    .where('kind', '=', kind)
    .where('id', '=', id)
    .executeTakeFirst();
}

async function change(db: Kysely<Tables>, asking: Asking, id: string, data: string, at: number): Promise<bigint> {
  const { caller, ident, kind } = asking;
  const { numUpdatedRows } = await db
    .updateTable(TABLE)
    .set({ data, last_author: ident, last_mod: at })
    .set(kyselyStamp(rules, caller))
    .where('oid', '=', caller.oid)
    .where('kind', '=', kind)
    .where('id', '=', id)
    .where(kyselyFilter(rules.where(caller, 'update')))
    .executeTakeFirst();
  return numUpdatedRows;
}

async function drop(db: Kysely<Tables>, { caller, kind }: Asking, id: string): Promise<bigint> {
  const { numDeletedRows } = await db
    .deleteFrom(TABLE)
    .where('oid', '=', caller.oid)
    .where('kind', '=', kind)
    .where('id', '=', id)
    .where(kyselyFilter(rules.where(caller, 'delete')))
    .executeTakeFirst();
  return numDeletedRows;
}
