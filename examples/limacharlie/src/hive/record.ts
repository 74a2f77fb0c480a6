import { allow, denyIssues, isPlainText, type Outcome, parseJsonObject } from '@flairgate/core';
import { z } from 'zod';
import type { RecordTable } from '../records/tables.js';

/** Metadata that callers can set on a record, in addition to its content. */
export const userMetadata = z.strictObject({
  enabled: z.boolean().optional(),
  expiry: z.int().min(0).optional(),
  tags: z.array(z.string().max(256).refine(isPlainText)).max(64).optional(),
  comment: z.string().max(4096).refine(isPlainText).optional(),
});

export type UserMetadata = z.output<typeof userMetadata>;

/** A record as it is sent: `data` is null, and `opaque` beside it, where the content is withheld. */
export interface WireRecord {
  readonly data: unknown;
  readonly opaque?: true;
  readonly usr_mtd: Required<UserMetadata>;
  readonly sys_mtd: Readonly<Record<string, unknown>>;
}

/** A row as the caller may see it: content was withheld by the statement that read it. */
export interface SeenRecord extends Omit<RecordTable, 'data' | 'etag' | 'created_by' | 'locked_by' | 'secret_to'> {
  readonly data?: string | null;
  readonly etag?: string | null;
  readonly opaque?: true;
}

/** Prints a record. PostgreSQL gives whole numbers as text. */
export function printRecord(row: SeenRecord): WireRecord {
  const withheld = row.opaque === true;
  return {
    data: withheld || typeof row.data !== 'string' ? null : JSON.parse(row.data),
    ...(withheld ? { opaque: true } : {}),
    usr_mtd: {
      enabled: Number(row.enabled) === 1,
      expiry: Number(row.expiry),
      tags: JSON.parse(row.tags),
      comment: row.comment,
    },
    sys_mtd: {
      ...(withheld ? {} : { etag: row.etag }),
      created_by: row.author,
      created_at: Number(row.created_at),
      last_author: row.last_author,
      last_mod: Number(row.last_mod),
      guid: row.guid,
    },
  };
}

/** A record as JSON text. Its content is such text already: it is not parsed to be printed again. */
export function printRecordText(row: SeenRecord): string {
  const { data: _, ...beside } = printRecord({ ...row, data: null });
  const content = row.opaque === true || typeof row.data !== 'string' ? 'null' : row.data;
  return `{"data":${content},${JSON.stringify(beside).slice(1)}`;
}

/** The columns of the metadata that was given; the others stay as they are. */
export function metadataColumns({ enabled, expiry, tags, comment }: UserMetadata): Partial<RecordTable> {
  return {
    ...(enabled === undefined ? {} : { enabled: enabled ? 1 : 0 }),
    ...(expiry === undefined ? {} : { expiry }),
    ...(tags === undefined ? {} : { tags: JSON.stringify(tags) }),
    ...(comment === undefined ? {} : { comment }),
  };
}

/** Reads the content of a record: a JSON object, or the text of one. */
export function parseData(given: unknown): Outcome<string> {
  const value = objectOf(given);
  return value === undefined
    ? denyIssues([{ field: 'data', message: 'must be one JSON object, nested at most 32 deep, with each member once' }])
    : allow(JSON.stringify(value));
}

/** Reads the metadata of a record, an object or the text of one. Absent: nothing is said about it. */
export function parseMetadata(given: unknown): Outcome<UserMetadata> {
  if (given === undefined) return allow({});
  const parsed = userMetadata.safeParse(objectOf(given));
  if (parsed.success) return allow(parsed.data);
  const fields = new Set(parsed.error.issues.map(({ path }) => ['usr_mtd', ...path.slice(0, 1)].join('.')));
  return denyIssues([...fields].map((field) => ({ field, message: `must be ${SHAPES[field] ?? SHAPES.usr_mtd}` })));
}

const SHAPES: Readonly<Record<string, string>> = {
  usr_mtd: 'an object with enabled, expiry, tags and comment, or some of them',
  'usr_mtd.enabled': 'true or false',
  'usr_mtd.expiry': 'milliseconds since 1970, or 0 for none',
  'usr_mtd.tags': 'at most 64 texts of at most 256 characters',
  'usr_mtd.comment': 'a text of at most 4096 characters',
};

function objectOf(given: unknown): object | undefined {
  if (typeof given === 'string') return parseJsonObject(Buffer.from(given));
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? given : undefined;
}
