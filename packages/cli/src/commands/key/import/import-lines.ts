import { allow, type Outcome } from '@flairgate/core';
import { type AdministrationContext, type ImportKeyInput, importKey } from '@flairgate/core/administration';
import { z } from 'zod';
import type { Answer, ProcessIo } from '../../../command.js';
import { operator } from '../../../context.js';
import { instant } from '../../../instant.js';
import { faultToFailure, toFailure } from '../../../print.js';
import { readSource } from '../../read-source.js';

/** Options of {@link importLines}. */
export interface ImportLinesOptions {
  readonly lines: string;
  /** Organization that owns a key whose line names no owner. In its place, `user` can name a user as the owner. */
  readonly org?: string | undefined;
  readonly user?: string | undefined;
  readonly hmacKey?: Uint8Array;
  readonly dryRun: boolean;
}

/** Schema of one line, which describes one key. */
const line = z
  .strictObject({
    org: z.string(),
    user: z.string(),
    name: z.string(),
    text: z.string(),
    hash: z.string(),
    permissions: z.array(z.string()),
    ranges: z.array(z.string()),
    expires: z.union([z.number().transform(String), z.string()]).pipe(instant),
    description: z.string(),
  })
  .partial()
  .required({ name: true });

/** Result for one line. */
interface Row {
  readonly line: number;
  readonly name: string | null;
  readonly key_hash?: string;
  /**
   * True if all processes accept the key right away. False if requests cannot yet carry the key itself, because the key
   * must first be exchanged for a token once.
   */
  readonly ready?: boolean;
  readonly error?: string;
  readonly code?: string;
}

/**
 * Imports keys from lines of JSON, with one key in each line. Returns a result for each line.
 *
 * Each key is imported in its own transaction, so a line that cannot be imported does not stop the import of the other
 * lines.
 */
export async function importLines(
  context: AdministrationContext,
  options: ImportLinesOptions,
  io: ProcessIo,
): Promise<Outcome<Answer>> {
  const texts = (await readSource('--lines', options.lines, io)).split(/\r?\n/);
  const numbered = texts.map((text, at) => ({ text, number: at + 1 })).filter(({ text }) => text.trim() !== '');
  const progress = io.progress?.('importing keys', numbered.length);
  const seen = new Set<string>();
  const rows: Row[] = [];
  try {
    for (const { text, number } of numbered) {
      rows.push({ line: number, ...(await importLine(context, options, text, seen)) });
      progress?.update(rows.length);
    }
  } finally {
    progress?.close();
  }
  return allow(report(rows, options.dryRun));
}

type Result = Omit<Row, 'line'>;

async function importLine(
  context: AdministrationContext,
  options: ImportLinesOptions,
  text: string,
  seen: Set<string>,
): Promise<Result> {
  const parsed = parseLine(text);
  if ('error' in parsed) return { name: null, ...parsed };
  const { org: _org, user: _user, name, expires, ...rest } = parsed.key;
  const owner = ownerOf(parsed.key, options);
  if (owner === undefined) return { name, error: 'must have exactly one of org and user', code: 'ERR_USAGE' };
  // A dry run stores nothing, so duplicates within the file are detected here.
  const isTwice =
    options.dryRun &&
    [`${JSON.stringify(owner)} ${name}`, rest.text ?? rest.hash ?? name].some((id) => seen.size === seen.add(id).size);
  if (isTwice) return { name, error: 'is twice in the lines: its name, or its text or hash', code: 'ERR_NAME_TAKEN' };
  const isDigest = options.hmacKey !== undefined && rest.hash !== undefined;
  return tryImport(context, {
    ...owner,
    name,
    ...rest,
    ...(expires === undefined ? {} : { expiresAt: expires }),
    ...(isDigest ? { hmacKey: options.hmacKey } : {}),
    dryRun: options.dryRun,
  });
}

function ownerOf(
  key: Line,
  options: ImportLinesOptions,
): { readonly oid: string } | { readonly uid: string } | undefined {
  const isNamed = key.org !== undefined || key.user !== undefined;
  const { org, user } = isNamed ? key : options;
  if ((org === undefined) === (user === undefined)) return undefined;
  return user === undefined ? { oid: org ?? '' } : { uid: user };
}

async function tryImport(context: AdministrationContext, input: ImportKeyInput): Promise<Result> {
  const { name } = input;
  try {
    const imported = await importKey(context, operator, input);
    if (!imported.allowed) {
      const { error, code } = toFailure(imported);
      return { name, error, code };
    }
    const { keyId, isReady: ready } = imported.value;
    return input.dryRun === true ? { name, ready } : { name, key_hash: keyId, ready };
  } catch (fault) {
    const { error, code } = faultToFailure(fault);
    return { name, error, code };
  }
}

type Line = z.output<typeof line>;

/** Parses a line. Error messages never quote the line, because it may contain a key. */
function parseLine(text: string): { readonly key: Line } | { readonly error: string; readonly code: string } {
  const code = 'ERR_USAGE';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { error: 'must be a JSON object', code };
  }
  const parsed = line.safeParse(value);
  if (parsed.success) return { key: parsed.data };
  const fields = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? 'unknown members'
      : `${String(issue.path[0] ?? 'line')} is missing or not valid`,
  );
  return { error: `${fields.join('; ')}; members are ${Object.keys(line.shape).join(', ')}`, code };
}

function report(rows: readonly Row[], dryRun: boolean): Answer {
  const refused = rows.filter(({ error }) => error !== undefined);
  const done = rows.length - refused.length;
  const waiting = rows.filter(({ ready }) => ready === false).length;
  const verb = dryRun ? 'could be imported' : 'imported';
  return {
    json: { imported: dryRun ? 0 : done, refused: refused.length, waiting, dry_run: dryRun, rows },
    lines: [
      ...refused.map(({ line: number, name, error }) => `line ${number}${name === null ? '' : ` (${name})`}: ${error}`),
      `${done} ${verb}, ${refused.length} not`,
      ...(waiting > 0
        ? [`${waiting} are valid only at the exchange, with oid or uid, until their first use there`]
        : []),
    ],
    ...(refused.length > 0 ? { exit: 1 as const } : {}),
  };
}
