import { allow, type Denial, deny, type OrganizationView, type Outcome } from '@flairgate/core';
import { kyselyFilter, kyselyStamp } from '@flairgate/core/filters/kysely';
import { type Kysely, sql, type UpdateQueryBuilder, type UpdateResult } from 'kysely';
import { bytesOf } from '../records/pages.js';
import { type Records, TakenError } from '../records/records.js';
import { checkRoom, type RecordLimits } from '../records/room.js';
import type { RecordTable, Tables } from '../records/tables.js';
import type { Explain } from './explain.js';
import { hiveRules } from './hive-rules.js';
import { toWireHive } from './hives.js';
import { metadataColumns, type UserMetadata } from './record.js';

/** The caller of a write, and the hive. */
export interface Writing {
  readonly records: Records;
  readonly explain: Explain;
  readonly limits: RecordLimits;
  readonly now: () => number;
  readonly randomUUID: () => string;
  /** Name of the writer that others see. */
  readonly ident: string;
  /** The writer in the organization of the hive. */
  readonly caller: OrganizationView;
  readonly hive: string;
  readonly name: string;
}

/** Result of a write: the record, and whether the writer can read it. */
export interface Written {
  readonly guid: string;
  readonly name: string;
  readonly hive: { readonly name: string; readonly partition: string };
  readonly readable: boolean;
}

/** `any`: the writer knows that the record is there, whatever is in it (`*`). */
export type Etag =
  | { readonly kind: 'none' }
  | { readonly kind: 'any' }
  | { readonly kind: 'is'; readonly etag: string };

const TABLE = 'limacharlie_record';
const OWNERSHIP = ['guid', 'oid', 'name', 'created_by', 'locked_by', 'secret_to'] as const;
const MAX_ATTEMPTS = 3;

type Update = UpdateQueryBuilder<Tables, typeof TABLE, typeof TABLE, UpdateResult>;
type Ownership = Pick<RecordTable, (typeof OWNERSHIP)[number]>;

/**
 * Makes a record, or replaces the content of the one with this name: one statement, with the rules in it.
 *
 * It says nothing about the record that is there, so a `secret` key is refused where content is not secret to it.
 */
export async function upsertRecord(writing: Writing, data: string, metadata: UserMetadata): Promise<Outcome<Written>> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const outcome = await writing.records.write(async (db) => {
      const room = await requireRoom(db, writing, data, 1);
      return room.allowed ? allow(await upsert(db, writing, data, metadata)) : room;
    });
    if (!outcome.allowed) return outcome;
    if (outcome.value !== undefined) return allow(written(writing, outcome.value));
    const refusal = await writing.explain(writing, 'upsert');
    // Missing or changed by now: whatever stood in the way is gone.
    if (refusal.code !== 'ERR_NOT_FOUND' && refusal.code !== 'ERR_ETAG_MISMATCH') return refusal;
  }
  return deny('ERR_ETAG_MISMATCH', { reason: 'changed again and again' });
}

/** Room for the content, in place of what the record holds now; `made` rows are added where it is not there. */
async function requireRoom(
  db: Kysely<Tables>,
  { caller, hive, name, limits }: Writing,
  data: string,
  made: 0 | 1,
): Promise<Outcome<undefined>> {
  const records = db.selectFrom(TABLE).where('oid', '=', caller.oid).where('hive', '=', hive);
  const bytes = bytesOf('data');
  const held = await records
    .select([sql<number>`count(*)`.as('rows'), sql<number>`sum(${bytes})`.as('bytes')])
    .executeTakeFirst();
  const before = await records.where('name', '=', name).select(bytes.as('bytes')).executeTakeFirst();
  const grown = Buffer.byteLength(data) - Number(before?.bytes ?? 0);
  return checkRoom(limits, held, { rows: before === undefined ? made : 0, bytes: grown });
}

/** Creates a record. A name that is taken is refused, even if the record is hidden from the writer. */
export async function createRecord(writing: Writing, data: string, metadata: UserMetadata): Promise<Outcome<Written>> {
  const outcome = await writing.records.write(async (db) => {
    const room = await requireRoom(db, writing, data, 1);
    if (!room.allowed) return room;
    const row = await insert(db, writing, changedColumns(writing, data, metadata))
      .onConflict((taken) => taken.columns(['oid', 'hive', 'name']).doNothing())
      .returning(OWNERSHIP)
      .executeTakeFirst();
    return allow(row);
  });
  if (!outcome.allowed) return outcome;
  return outcome.value === undefined ? deny('ERR_RESOURCE_EXISTS') : allow(written(writing, outcome.value));
}

function changedColumns({ ident, randomUUID, now }: Writing, data: string, metadata: UserMetadata) {
  return { data, etag: randomUUID(), last_author: ident, last_mod: now(), ...metadataColumns(metadata) };
}

function insert(db: Kysely<Tables>, writing: Writing, changed: ReturnType<typeof changedColumns>) {
  const { caller, hive, name, ident, randomUUID } = writing;
  return db.insertInto(TABLE).values({
    // LimaCharlie's new records are disabled too.
    enabled: 0,
    expiry: 0,
    tags: '[]',
    comment: '',
    ui_actions: '[]',
    ...changed,
    hive,
    name,
    guid: randomUUID(),
    author: ident,
    created_at: changed.last_mod,
    ...hiveRules.stamp(caller, 'create'),
  });
}

function upsert(db: Kysely<Tables>, writing: Writing, data: string, metadata: UserMetadata) {
  const { caller } = writing;
  const changed = changedColumns(writing, data, metadata);
  return insert(db, writing, changed)
    .onConflict((taken) =>
      taken
        .columns(['oid', 'hive', 'name'])
        .doUpdateSet({ ...changed, ...kyselyStamp(hiveRules, caller, { table: TABLE }) })
        .where(kyselyFilter(hiveRules.where(caller, 'upsert'), { table: TABLE })),
    )
    .returning(OWNERSHIP)
    .executeTakeFirst();
}

/** Replaces content and metadata of a record whose writer knows that it is there. */
export async function updateRecord(
  writing: Writing,
  data: string,
  metadata: UserMetadata,
  etag: Etag,
): Promise<Outcome<Written>> {
  const updated = await change(writing, { data, ...metadataColumns(metadata) }, etag);
  // Hidden, missing, locked by nobody: without such a record no etag fits.
  if (!updated.allowed && updated.code === 'ERR_NOT_FOUND')
    return deny('ERR_ETAG_MISMATCH', { reason: updated.reason });
  return updated;
}

/** Changes what is said about a record; its content is not looked at. */
export function updateMetadata(writing: Writing, metadata: UserMetadata, etag: Etag): Promise<Outcome<Written>> {
  return change(writing, metadataColumns(metadata), etag);
}

/** Renames a record. A taken name is refused, also if its record is hidden from the caller. */
export async function renameRecord(writing: Writing, newName: string): Promise<Outcome<Written>> {
  try {
    return await change(writing, { name: newName }, { kind: 'none' });
  } catch (error) {
    if (error instanceof TakenError) return deny('ERR_RESOURCE_EXISTS');
    throw error;
  }
}

export async function deleteRecord({ records, explain, ...writing }: Writing): Promise<Outcome<unknown>> {
  const { caller, hive, name } = writing;
  const gone = await records.write((db) =>
    db
      .deleteFrom(TABLE)
      .where('oid', '=', caller.oid)
      .where('hive', '=', hive)
      .where('name', '=', name)
      .where(kyselyFilter(hiveRules.where(caller, 'delete')))
      .executeTakeFirst(),
  );
  return gone.numDeletedRows > 0n ? allow(undefined) : explain({ records, ...writing }, 'delete');
}

async function change(writing: Writing, columns: Partial<RecordTable>, etag: Etag): Promise<Outcome<Written>> {
  const { data } = columns;
  const outcome = await writing.records.write(async (db) => {
    const room = data === undefined ? allow(undefined) : await requireRoom(db, writing, data, 0);
    return room.allowed
      ? allow(await update(db, writing, columns, etag).returning(OWNERSHIP).executeTakeFirst())
      : room;
  });
  if (!outcome.allowed) return outcome;
  return outcome.value === undefined ? explainUpdate(writing, etag) : allow(written(writing, outcome.value));
}

function update(db: Kysely<Tables>, writing: Writing, columns: Partial<RecordTable>, etag: Etag): Update {
  const { caller, hive, name, ident, randomUUID } = writing;
  const statement = db
    .updateTable(TABLE)
    .set({ ...columns, etag: randomUUID(), last_author: ident, last_mod: writing.now() })
    .set(kyselyStamp(hiveRules, caller))
    .where('oid', '=', caller.oid)
    .where('hive', '=', hive)
    .where('name', '=', name)
    .where(kyselyFilter(hiveRules.where(caller, 'update')));
  if (etag.kind !== 'is') return statement;
  // An etag is a validator of content: no guess may tell whoever the content is withheld from that it fits.
  return statement.where('etag', '=', etag.etag).where(kyselyFilter(hiveRules.where(caller, 'content')));
}

function explainUpdate(writing: Writing, etag: Etag): Promise<Denial> {
  return writing.explain(writing, 'update', etag.kind === 'is' ? etag.etag : undefined);
}

function written({ caller, hive }: Writing, row: Ownership): Written {
  const { guid, name } = row;
  const place = { name: toWireHive(hive), partition: caller.oid };
  return { guid, name, hive: place, readable: hiveRules.check(caller, row, 'read').allowed };
}
