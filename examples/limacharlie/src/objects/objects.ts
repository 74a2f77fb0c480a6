import { allow, type Denial, deny, type OrganizationView, type Outcome } from '@flairgate/core';
import { kyselyContent, kyselyFilter, kyselyStamp } from '@flairgate/core/filters/kysely';
import { createResourceRules, type WhereAction } from '@flairgate/core/resources';
import type { Store } from '@flairgate/core/store';
import { type Kysely, sql } from 'kysely';
import { bytesOf, inPages } from '../records/pages.js';
import { type Records, TakenError } from '../records/records.js';
import { checkRoom, type RecordLimits } from '../records/room.js';
import type { ObjectTable, Tables } from '../records/tables.js';

/** Options of the objects: their database, and the source of new ids. */
export interface ObjectOptions {
  readonly records: Records;
  readonly store: Store;
  readonly now: () => number;
  readonly randomUUID: () => string;
  readonly limits: RecordLimits;
}

/** The caller, and the kind of object that it requests. */
export interface Asking {
  readonly caller: OrganizationView;
  /** Name of the caller that others see. */
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
  /** Page by page, so that few are in memory at once. */
  list(asking: Asking): AsyncIterable<readonly SeenObject[]>;
  read(asking: Asking, id: string): Promise<Outcome<SeenObject>>;
  /** Returns the id: the one given, which must be free, or a new one. */
  create(asking: Asking, data: object, id?: string): Promise<Outcome<string>>;
  /** Replaces the content. `undefined` or null is the blank that a caller sees of what is withheld. */
  replace(asking: Asking, id: string, data: object | null | undefined): Promise<Outcome<undefined>>;
  remove(asking: Asking, id: string): Promise<Outcome<undefined>>;
}

const TABLE = 'limacharlie_object';
const COLUMNS = [
  ...['oid', 'kind', 'id', 'created_by', 'locked_by', 'secret_to'],
  ...['author', 'created_at', 'last_author', 'last_mod'],
] as const satisfies readonly (keyof ObjectTable)[];

const rules = createResourceRules({ type: 'object', content: ['data'] });

export function createObjects({ records, store, now, randomUUID, limits }: ObjectOptions): Objects {
  const explain = async (asking: Asking, id: string, action: WhereAction): Promise<Denial> => {
    const row = await records.read((db) => rowOf(db, asking, id));
    const holder = row?.locked_by ?? undefined;
    const identity = holder === undefined ? undefined : await store.read((tx) => tx.get('identity', { id: holder }));
    return rules.refusal(asking.caller, row, action, { nameOf: () => identity?.name });
  };
  return {
    list: (asking) => listObjects(records, asking),
    async read(asking, id) {
      const row = await records.read((db) => known(db, asking).where('id', '=', id).executeTakeFirst());
      const seen = rules.view(asking.caller, row) as SeenObject | undefined;
      return seen === undefined ? deny('ERR_NOT_FOUND') : allow(seen);
    },
    async create(asking, data, id = randomUUID()) {
      const { caller, ident, kind } = asking;
      const at = now();
      const written = { author: ident, created_at: at, last_author: ident, last_mod: at };
      const row = { kind, id, data: JSON.stringify(data), ...written, ...rules.stamp(caller, 'create') };
      const created = records.write<Outcome<string>>(async (db) => {
        const room = await requireRoom(db, asking, limits, { data: row.data });
        if (!room.allowed) return room;
        await db.insertInto(TABLE).values(row).execute();
        return allow(id);
      });
      return created.catch((error: unknown) => {
        if (error instanceof TakenError) return deny('ERR_RESOURCE_EXISTS');
        throw error;
      });
    },
    async replace(asking, id, data) {
      if (data === undefined || data === null) {
        const row = await records.read((db) => rowOf(db, asking, id));
        const admitted = rules.admit(asking.caller, row, { kind: 'replace', body: { data: null } });
        return admitted.allowed ? deny('ERR_VALIDATION') : admitted;
      }
      const text = JSON.stringify(data);
      const changed = await records.write(async (db) => {
        const room = await requireRoom(db, asking, limits, { data: text, id });
        return room.allowed ? allow(await change(db, asking, id, text, now())) : room;
      });
      if (!changed.allowed) return changed;
      return changed.value > 0n ? allow(undefined) : explain(asking, id, 'update');
    },
    async remove(asking, id) {
      const gone = await records.write((db) => drop(db, asking, id));
      return gone > 0n ? allow(undefined) : explain(asking, id, 'delete');
    },
  };
}

async function* listObjects(records: Records, asking: Asking): AsyncGenerator<readonly SeenObject[]> {
  const sizes = (after: string | undefined, limit: number) =>
    records.read((db) => {
      const sized = mine(db, asking).select(['id', bytesOf('data').as('bytes')]);
      return (after === undefined ? sized : sized.where('id', '>', after)).orderBy('id').limit(limit).execute();
    });
  const rows = (first: string, last: string) =>
    records.read((db) => known(db, asking).where('id', '>=', first).where('id', '<=', last).orderBy('id').execute());
  for await (const page of inPages(sizes, rows)) yield rules.view(asking.caller, page) as SeenObject[];
}

/** Room for one more object, or for the content in place of what the object `id` holds. */
async function requireRoom(
  db: Kysely<Tables>,
  { caller, kind }: Asking,
  limits: RecordLimits,
  { data, id }: { readonly data: string; readonly id?: string },
): Promise<Outcome<undefined>> {
  const objects = db.selectFrom(TABLE).where('oid', '=', caller.oid).where('kind', '=', kind);
  const bytes = bytesOf('data');
  const held = await objects
    .select([sql<number>`count(*)`.as('rows'), sql<number>`sum(${bytes})`.as('bytes')])
    .executeTakeFirst();
  const before =
    id === undefined ? undefined : await objects.where('id', '=', id).select(bytes.as('bytes')).executeTakeFirst();
  const grown = Buffer.byteLength(data) - Number(before?.bytes ?? 0);
  return checkRoom(limits, held, { rows: id === undefined ? 1 : 0, bytes: grown });
}

function known(db: Kysely<Tables>, asking: Asking) {
  return mine(db, asking).select(COLUMNS).select(kyselyContent(rules, asking.caller));
}

function mine(db: Kysely<Tables>, { caller, kind }: Asking) {
  return db
    .selectFrom(TABLE)
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
