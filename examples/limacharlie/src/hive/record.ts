import { allow, denyIssues, isPlainText, type Outcome } from '@flairgate/core';
import { z } from 'zod';
import type { RecordTable } from '../records/tables.js';
import { toObject } from './record-content.js';

/** A list that can be null, as Go writes an empty one. */
function listOf<T extends z.ZodType>(item: T, most: number) {
  return z
    .array(item)
    .max(most)
    .nullable()
    .transform((items) => items ?? [])
    .optional();
}

const shortText = z.string().max(256).refine(isPlainText);

/** A button that LimaCharlie's page shows next to a record. */
const userAction = z.strictObject({ label: shortText, location: z.string().max(2048).refine(isPlainText) });

/** Metadata of a record that callers write. */
const userMetadata = z.strictObject({
  enabled: z.boolean().optional(),
  expiry: z.int().min(0).optional(),
  tags: listOf(shortText, 64),
  comment: z.string().max(4096).refine(isPlainText).optional(),
  ui_actions: listOf(userAction, 32),
});

export type UserMetadata = z.output<typeof userMetadata>;

/** A record as it is sent: `data` is null, and `opaque` beside it, where the content is withheld. */
export interface WireRecord {
  readonly data: unknown;
  readonly opaque?: true;
  readonly usr_mtd: Required<Omit<UserMetadata, 'ui_actions'>> & Pick<UserMetadata, 'ui_actions'>;
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
  const actions: UserMetadata['ui_actions'] = JSON.parse(row.ui_actions);
  return {
    data: withheld || typeof row.data !== 'string' ? null : JSON.parse(row.data),
    ...(withheld ? { opaque: true } : {}),
    usr_mtd: {
      enabled: Number(row.enabled) === 1,
      expiry: Number(row.expiry),
      tags: JSON.parse(row.tags),
      comment: row.comment,
      ...(actions?.length === 0 ? {} : { ui_actions: actions }),
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

/** Returns a record as JSON text. Its content is such text already, and is not parsed and serialized again. */
export function printRecordText(row: SeenRecord): string {
  const content = row.opaque === true || typeof row.data !== 'string' ? 'null' : row.data;
  return `{"data":${content},${textBesideContent(row)}`;
}

/** Returns a record without its content as JSON text. */
export function printMetadataText(row: SeenRecord): string {
  return `{"data":${row.opaque === true ? 'null' : '{}'},${textBesideContent(row)}`;
}

function textBesideContent(row: SeenRecord): string {
  const { data: _, ...beside } = printRecord({ ...row, data: null });
  return JSON.stringify(beside).slice(1);
}

/** Returns the columns of the metadata that was given; the others stay as they are. */
export function metadataColumns(given: UserMetadata): Partial<RecordTable> {
  const { enabled, expiry, tags, comment, ui_actions: actions } = given;
  return {
    ...(enabled === undefined ? {} : { enabled: enabled ? 1 : 0 }),
    ...(expiry === undefined ? {} : { expiry }),
    ...(tags === undefined ? {} : { tags: JSON.stringify(tags) }),
    ...(comment === undefined ? {} : { comment }),
    ...(actions === undefined ? {} : { ui_actions: JSON.stringify(actions) }),
  };
}

/** Reads the metadata of a record, an object or the text of one. Absent: nothing is said about it. */
export function parseMetadata(given: unknown): Outcome<UserMetadata> {
  if (given === undefined) return allow({});
  const parsed = userMetadata.safeParse(toObject(given));
  if (parsed.success) return allow(parsed.data);
  const fields = new Map(parsed.error.issues.flatMap(messagesOf));
  return denyIssues([...fields].map(([field, message]) => ({ field, message })));
}

/** Returns fields and messages. The name of an unknown member is repeated if it looks like a name. */
function messagesOf(issue: z.core.$ZodIssue): readonly (readonly [field: string, message: string])[] {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    const known = Object.keys(userMetadata.shape).join(', ');
    return issue.keys.map((key) => {
      const field = /^[a-z_]{1,32}$/i.test(key) ? `usr_mtd.${key}` : 'usr_mtd';
      return [field, `is not known; the members are ${known}`];
    });
  }
  const field = ['usr_mtd', ...issue.path.slice(0, 1)].join('.');
  return [[field, `must be ${SHAPES[field] ?? SHAPES.usr_mtd}`]];
}

const SHAPES: Readonly<Record<string, string>> = {
  usr_mtd: 'an object with enabled, expiry, tags, comment and ui_actions, or some of them',
  'usr_mtd.enabled': 'true or false',
  'usr_mtd.expiry': 'milliseconds since 1970, or 0 for none',
  'usr_mtd.tags': 'at most 64 texts of at most 256 characters',
  'usr_mtd.comment': 'a text of at most 4096 characters',
  'usr_mtd.ui_actions': 'at most 32 objects with label and location',
};
