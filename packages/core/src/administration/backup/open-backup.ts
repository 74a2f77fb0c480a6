import { createHash } from 'node:crypto';
import { OptionError } from '../../denial/errors.js';
import { openMaterial } from '../../principal/key/keyring/keyring.js';
import type { KeyMaterial } from '../../store/keyring.js';
import { memoryRowStore } from '../../store/memory/memory-row-store.js';
import type { MaterialRow, RevisionRow, TableName, Tables } from '../../store/rows.js';
import {
  BACKUP_FORMAT,
  type BackedUpRow,
  type BackupEnd,
  type BackupHeader,
  CONSENT_FORMAT,
  DESCRIPTION_FORMAT,
  isTable,
  SEAL_CONTEXT,
} from './format.js';
import { fromFormat1 } from './from-format-1.js';

/** A backup that was read and checked. It is complete and unmodified, and it was made with the given master key. */
export interface Backup {
  readonly at: number;
  readonly revision: RevisionRow;
  readonly material: KeyMaterial;
  /**
   * Reads the rows of the backup again.
   *
   * @throws OptionError if the rows have changed since they were checked
   */
  rows(): AsyncGenerator<BackedUpRow>;
}

/**
 * Opens a backup. Reads and checks the whole backup, before a restore changes anything.
 *
 * `lines` must return the lines of the backup from the start each time it is called. `openBackup` calls `lines` once.
 * Each call of `rows()` calls `lines` again.
 *
 * @throws OptionError if the lines are not a backup, if the backup is truncated or modified, or if it was made by a
 * newer version of Flairgate or with a master key other than `masterKey`
 * @example
 * const backup = await openBackup(readLines, masterKey);
 * await restore(context, backup, { operator: 'operator' });
 */
export async function openBackup(lines: () => AsyncIterable<string>, masterKey: Uint8Array): Promise<Backup> {
  const found: { revision?: RevisionRow; material: MaterialRow[] } = { material: [] };
  const reading = readRows(lines());
  let next = await reading.next();
  for (; !next.done; next = await reading.next()) {
    if (next.value.table === 'revision') found.revision = next.value.row;
    if (next.value.table === 'material') found.material.push(next.value.row);
  }
  const read = next.value;
  const { header, end, digest } = read;
  if (found.revision === undefined) throw damaged('it has no revision');
  const material = await materialOf(found.material, found.revision, masterKey);
  if (!sealFits(material, end, digest)) throw damaged('its rows do not match its seal');
  return { at: header.at, revision: found.revision, material, rows: () => checkedRows(lines(), read) };
}

async function* checkedRows(
  lines: AsyncIterable<string>,
  { digest, header: { format } }: ReadToEnd,
): AsyncGenerator<BackedUpRow> {
  const ended = yield* upToDate(readRows(lines), format);
  if (ended.digest !== digest) throw damaged('it changed while it was read');
}

function upToDate(
  rows: AsyncGenerator<BackedUpRow, ReadToEnd>,
  format: number,
): AsyncGenerator<BackedUpRow, ReadToEnd> {
  const described = format < DESCRIPTION_FORMAT ? withDescriptions(rows) : rows;
  return format < CONSENT_FORMAT ? fromFormat1(described) : described;
}

async function* withDescriptions<R>(rows: AsyncGenerator<BackedUpRow, R>): AsyncGenerator<BackedUpRow, R> {
  let next = await rows.next();
  for (; !next.done; next = await rows.next()) {
    const { table, row } = next.value;
    yield table === 'organization' ? { table, row: { ...row, description: null } } : next.value;
  }
  return next.value;
}

interface ReadToEnd {
  readonly header: BackupHeader;
  readonly end: BackupEnd;
  /** SHA-256 of all lines before the last one. */
  readonly digest: string;
}

async function* readRows(lines: AsyncIterable<string>): AsyncGenerator<BackedUpRow, ReadToEnd> {
  const digest = createHash('sha256');
  let header: BackupHeader | undefined;
  let end: BackupEnd | undefined;
  let rows = 0;
  for await (const line of lines) {
    if (end !== undefined) throw damaged('lines follow its end');
    const value = parseLine(line, header === undefined);
    if (header !== undefined) end = parseEnd(value);
    if (end !== undefined) continue;
    digest.update(line).update('\n');
    if (header === undefined) header = parseHeader(value);
    else {
      yield parseRow(value);
      rows += 1;
    }
  }
  if (header === undefined) throw notOne();
  if (end === undefined) throw damaged('its end is missing');
  if (end.rows !== rows) throw damaged('rows are missing');
  return { header, end, digest: digest.digest('base64url') };
}

function parseLine(line: string, isFirst: boolean): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw isFirst ? notOne() : damaged('a line is not JSON');
  }
}

function parseHeader(value: unknown): BackupHeader {
  const { flairgate, format, at } = toRecord(value);
  if (flairgate !== 'backup' || typeof format !== 'number' || typeof at !== 'number') throw notOne();
  if (format > BACKUP_FORMAT) {
    throw new OptionError(
      `the backup has format ${format}, which must be at most ${BACKUP_FORMAT}; use the Flairgate version that wrote it, or a later one`,
    );
  }
  return { flairgate, format, at };
}

function parseEnd(value: unknown): BackupEnd | undefined {
  const { rows, seal } = toRecord(value);
  return typeof rows === 'number' && typeof seal === 'string' ? { rows, seal } : undefined;
}

/**
 * Parses a row of the backup. Does not validate the columns: the seal is checked before any row is used, and the seal
 * proves that a store wrote the row.
 */
function parseRow(value: unknown): BackedUpRow {
  const [table, row]: readonly unknown[] = Array.isArray(value) ? value : [];
  if (!isTable(table) || typeof row !== 'object' || row === null) throw damaged('a line is not a row');
  return { table, row: row as Tables[TableName] } as BackedUpRow;
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Decrypts the backup's key material with the master key, in the same way as a store decrypts its own key material. */
async function materialOf(
  rows: readonly MaterialRow[],
  revision: RevisionRow,
  masterKey: Uint8Array,
): Promise<KeyMaterial> {
  if (rows.length === 0) throw damaged('it has no key material');
  const store = memoryRowStore();
  try {
    await store.write(async (tx) => {
      await tx.insert('revision', revision);
      for (const row of rows) await tx.insert('material', row);
    });
  } catch {
    // The seal cannot be checked without the key material, so these rows may be anything.
    throw damaged('its first rows have other columns');
  }
  try {
    return await openMaterial(store, masterKey);
  } catch (error) {
    throw new OptionError('masterKey: must be the master key the backup was made with', { cause: error });
  }
}

function sealFits(material: KeyMaterial, { seal }: BackupEnd, digest: string): boolean {
  try {
    return material.open(seal, SEAL_CONTEXT).toString('base64url') === digest;
  } catch {
    return false;
  }
}

function notOne(): OptionError {
  return new OptionError('the file must be a backup of Flairgate');
}

function damaged(why: string): OptionError {
  return new OptionError(`the backup is damaged (${why}); use another copy of it`);
}
