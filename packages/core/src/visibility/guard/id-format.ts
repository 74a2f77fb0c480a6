import { OptionError } from '../../denial/errors.js';
import { foldName } from '../plain-name.js';

/**
 * The format of ids. Every id has exactly one spelling. A string that does not have the format is treated as the id of
 * a missing resource.
 *
 * `uuid`: lower case, with hyphens. `integer`: decimal, up to 16 digits, without sign or leading zero. `token`: up to
 * 128 letters, digits, `_` and `-`, starting with a letter or digit, case-sensitive. A `RegExp` must match the whole
 * id.
 */
export type IdFormat = 'uuid' | 'integer' | 'token' | RegExp;

const FORMATS = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  integer: /^(?:0|[1-9][0-9]{0,15})$/,
  token: /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/,
} as const;

const MAX_ID = 256;

/** Function that returns true if a string is an id in its only spelling. */
export type IsId = (text: string) => boolean;

/**
 * Returns the pattern of the format with this name. Returns undefined for an unknown name, such as `constructor`, a
 * member that every object inherits.
 */
function formatOf(name: Exclude<IdFormat, RegExp>): RegExp | undefined {
  return typeof name === 'string' && Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
}

/** Creates the function that checks a format. @throws OptionError for an unknown format */
export function parseIdFormat(option: string, given: IdFormat | undefined): IsId {
  const pattern = given instanceof RegExp ? whole(option, given) : formatOf(given ?? 'token');
  if (pattern === undefined) throw new OptionError(`${option}: must be uuid, integer, token or a RegExp`);
  // Placeholders for ids that the service has not assigned yet begin with `?`.
  return (text) => text.length <= MAX_ID && !text.startsWith('?') && pattern.test(text);
}

function whole(option: string, { source, flags }: RegExp): RegExp {
  if (/[gyim]/.test(flags)) throw new OptionError(`${option}: a RegExp for ids must have none of the flags g, y, i, m`);
  return new RegExp(`^(?:${source})$`, flags);
}

/**
 * Returns an id as a string. A number is allowed if the format is `integer` or a RegExp. Returns undefined for any
 * other value.
 */
export function idText(value: unknown, format: IdFormat | undefined): string | undefined {
  if (typeof value === 'string') return value;
  const numbers = format === 'integer' || format instanceof RegExp;
  return numbers && Number.isSafeInteger(value) ? String(value) : undefined;
}

/**
 * True if a body contains another spelling of `name`: a field name that differs from `name`, but that the service might
 * read as `name`.
 *
 * The other spelling may differ in letter case, width or style, because SQL and query layers ignore such differences. A
 * path may follow, as in `data.key` and `data[key]`, or the name of a table may precede.
 */
export function hasOtherSpelling(body: Readonly<Record<string, unknown>>, name: string): boolean {
  const wanted = foldName(name);
  return Object.keys(body).some((member) => member !== name && foldsIn(member).includes(wanted));
}

/** Returns the folded forms of a name and of each word in it. */
function foldsIn(member: string): readonly string[] {
  const words = member.normalize('NFKC').match(/[\p{L}\p{N}_-]+/gu) ?? [];
  return [member, ...words].map(foldName);
}
