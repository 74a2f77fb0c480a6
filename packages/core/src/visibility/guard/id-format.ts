import { OptionError } from '../../denial/errors.js';
import { foldName } from '../plain-name.js';

/**
 * How ids are written. Every resource has exactly one spelling; any other is answered as missing.
 *
 * `uuid`: lower case, with hyphens. `integer`: decimal, no sign, no leading zero. `token`: letters, digits, `_`, `-`,
 * starting with a letter or digit, up to 128; letter case counts. A `RegExp` must match the whole id.
 */
export type IdFormat = 'uuid' | 'integer' | 'token' | RegExp;

const FORMATS = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  integer: /^(?:0|[1-9][0-9]{0,15})$/,
  token: /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/,
} as const;

const MAX_ID = 256;

/** Tells whether a text is an id in its one spelling. */
export type IsId = (text: string) => boolean;

/** Makes the check of a format. @throws OptionError */
export function parseIdFormat(option: string, given: IdFormat | undefined): IsId {
  const pattern = given instanceof RegExp ? whole(option, given) : FORMATS[given ?? 'token'];
  if (pattern === undefined) throw new OptionError(`${option}: write uuid, integer, token or a RegExp`);
  // `?` begins what stands for an id that is not known yet.
  return (text) => text.length <= MAX_ID && !text.startsWith('?') && pattern.test(text);
}

function whole(option: string, { source, flags }: RegExp): RegExp {
  if (/[gyim]/.test(flags)) throw new OptionError(`${option}: a RegExp for ids takes none of the flags g, y, i, m`);
  return new RegExp(`^(?:${source})$`, flags);
}

/** The id as text: numbers count where ids are integers or have a pattern. Undefined for anything else. */
export function idText(value: unknown, format: IdFormat | undefined): string | undefined {
  if (typeof value === 'string') return value;
  const numbers = format === 'integer' || format instanceof RegExp;
  return numbers && Number.isSafeInteger(value) ? String(value) : undefined;
}

/**
 * True if a body has a member that the service may take for `name` although it is not written so: in another letter
 * case, width or style, as SQL and query layers read names, with a path behind it, as in `data.key` and `data[key]`, or
 * a table before it.
 */
export function hasOtherSpelling(body: Readonly<Record<string, unknown>>, name: string): boolean {
  const wanted = foldName(name);
  return Object.keys(body).some((member) => member !== name && foldsIn(member).includes(wanted));
}

/** The folds of a name and of the words in it. */
function foldsIn(member: string): readonly string[] {
  const words = member.normalize('NFKC').match(/[\p{L}\p{N}_-]+/gu) ?? [];
  return [member, ...words].map(foldName);
}
