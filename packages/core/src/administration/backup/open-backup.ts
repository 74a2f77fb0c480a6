import { createHash } from 'node:crypto';
import { OptionError } from '../../denial/errors.js';
import { openMaterial } from '../../principal/key/keyring/keyring.js';
import type { KeyMaterial } from '../../store/keyring.js';
import { memoryRowStore } from '../../store/memory-row-store.js';
import type { MaterialRow, RevisionRow, TableName, Tables } from '../../store/rows.js';
import { BACKUP_FORMAT, type BackedUpRow, type BackupEnd, type BackupHeader, isTable, SEAL_CONTEXT } from './format.js';
import { fromFormat1 } from './from-format-1.js';

/** A backup that was read to its end once: whole, unchanged, and of a database with this master key. */
export interface Backup {
  readonly at: number;
  readonly revision: RevisionRow;
  readonly material: KeyMaterial;
  /** The rows, read again. @throws OptionError when they are not those that were checked. */
  rows(): AsyncGenerator<BackedUpRow>;
}

/**
 * Reads a backup to its end and checks it, before anything is changed by it.
 *
 * `lines` opens it from its start; it is read once here, and once for each `rows()`.
 *
 * @throws OptionError for what is no backup, or was cut, changed, made by a newer version or under another master key.
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
  if (!sealFits(material, end, digest)) throw damaged('its rows are not those it was sealed with');
  return { at: header.at, revision: found.revision, material, rows: () => checkedRows(lines(), read) };
}

async function* checkedRows(
  lines: AsyncIterable<string>,
  { digest, header: { format } }: ReadToEnd,
): AsyncGenerator<BackedUpRow> {
  const ended = yield* upToDate(readRows(lines), format);
  if (ended.digest !== digest) throw damaged('it was changed while it was read');
}

function upToDate(
  rows: AsyncGenerator<BackedUpRow, ReadToEnd>,
  format: number,
): AsyncGenerator<BackedUpRow, ReadToEnd> {
  return format < BACKUP_FORMAT ? fromFormat1(rows) : rows;
}

interface ReadToEnd {
  readonly header: BackupHeader;
  readonly end: BackupEnd;
  /** SHA-256 of all lines before the last. */
  readonly digest: string;
}

async function* readRows(lines: AsyncIterable<string>): AsyncGenerator<BackedUpRow, ReadToEnd> {
  const digest = createHash('sha256');
  let header: BackupHeader | undefined;
  let end: BackupEnd | undefined;
  let rows = 0;
  for await (const line of lines) {
    if (end !== undefined) throw damaged('something stands after its end');
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
    throw isFirst ? notOne() : damaged('a line of it cannot be read');
  }
}

function parseHeader(value: unknown): BackupHeader {
  const { flairgate, format, at } = membersOf(value);
  if (flairgate !== 'backup' || typeof format !== 'number' || typeof at !== 'number') throw notOne();
  if (format > BACKUP_FORMAT) {
    throw new OptionError(
      `the backup is of a newer Flairgate (format ${format}, known is ${BACKUP_FORMAT}); use that version or a later one`,
    );
  }
  return { flairgate, format, at };
}

function parseEnd(value: unknown): BackupEnd | undefined {
  const { rows, seal } = membersOf(value);
  return typeof rows === 'number' && typeof seal === 'string' ? { rows, seal } : undefined;
}

/** The seal, which is compared before any row is used, says that the rows are as a store gave them. */
function parseRow(value: unknown): BackedUpRow {
  const [table, row]: readonly unknown[] = Array.isArray(value) ? value : [];
  if (!isTable(table) || typeof row !== 'object' || row === null) throw damaged('a line of it is no row');
  return { table, row: row as Tables[TableName] } as BackedUpRow;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Opens the material as a store of its own would. */
async function materialOf(
  rows: readonly MaterialRow[],
  revision: RevisionRow,
  masterKey: Uint8Array,
): Promise<KeyMaterial> {
  if (rows.length === 0) throw damaged('it has no key material');
  const store = memoryRowStore();
  await store.write(async (tx) => {
    await tx.insert('revision', revision);
    for (const row of rows) await tx.insert('material', row);
  });
  try {
    return await openMaterial(store, masterKey);
  } catch (error) {
    throw new OptionError('masterKey: the backup was made under another master key; set that one', { cause: error });
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
  return new OptionError('the file is no backup of Flairgate');
}

function damaged(why: string): OptionError {
  return new OptionError(`the backup is damaged (${why}); use another copy of it`);
}
