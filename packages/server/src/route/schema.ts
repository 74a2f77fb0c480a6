import { isPlainText } from '@flairgate/core';
import { z } from 'zod';

/** Maximum length of a text field, in characters. The maximum size of the body limits all fields together. */
const MAX_FIELD_CHARACTERS = 4096;

const MAX_ITEMS = 1000;

const UNPLAIN = 'must not contain control or direction characters';

/**
 * Creates the function that returns a schema's error message. The message describes valid values and never repeats the
 * value that was sent.
 */
function say(what: string) {
  return ({ input }: { readonly input?: unknown }) => (input === undefined ? 'is required' : what);
}

/**
 * Creates a schema for a string that can be stored and displayed. A JSON value of another type than string is refused.
 */
export function text(what = 'must be text') {
  return z
    .string({ error: say(what) })
    .max(MAX_FIELD_CHARACTERS, { error: `must be at most ${MAX_FIELD_CHARACTERS} characters` })
    .refine(isPlainText, { error: UNPLAIN });
}

/**
 * Creates a schema for a UUID in any letter case. The parsed UUID is in lower case, because ids are compared in lower
 * case.
 */
export function uuid() {
  return z
    .string({ error: say('must be a UUID') })
    .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, { error: 'must be a UUID' })
    .transform((id) => id.toLowerCase());
}

/** Value that LimaCharlie's Go client sends for an empty list, because `fmt` prints nil this way. */
const GO_NIL = '<nil>';

/**
 * Creates a schema for a list of strings, sent as comma-separated text, a repeated field, a JSON array, or a mixture of
 * these. Empty items are ignored.
 */
export function list() {
  return z
    .array(z.string({ error: 'must be a list of texts' }).refine(isPlainText, { error: UNPLAIN }), {
      error: say('must be a list of texts'),
    })
    .transform((items) => items.flatMap(splitCommas).filter((item) => item !== GO_NIL))
    .pipe(z.array(z.string()).max(MAX_ITEMS, { error: `at most ${MAX_ITEMS} items` }));
}

/** Creates a schema for a list that is sent as comma-separated text in one field. */
export function commaText() {
  return text().transform(splitCommas);
}

/** Creates a schema for an integer: a JSON number, or a string of digits. */
export function whole() {
  const message = 'must be an integer';
  const digits = z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number);
  return z.union([z.int(), digits], { error: say(message) });
}

/**
 * Latest accepted Unix time in seconds, in the year 5138. A time that was sent in milliseconds by mistake is larger,
 * and is therefore refused.
 */
const LAST_SECOND = 99_999_999_999;

/** Creates a schema for a Unix time in seconds. */
export function unixTime() {
  return whole().refine((at) => at <= LAST_SECOND, { error: 'must be a unix time in seconds' });
}

/**
 * Creates a schema for a boolean: JSON `true` or `false`, or one of the strings `true`, `false`, `1`, `0`, `True` and
 * `False`. Python programs send the last two.
 */
export function flag() {
  const word = z.enum(['true', 'false', 'True', 'False', '1', '0']).transform((given) => /^(?:true|1)$/i.test(given));
  return z.union([z.boolean(), word], { error: say('must be true or false') });
}

/**
 * Functions that create zod schemas for fields and path parameters. All these schemas accept strings, because queries
 * and forms send only strings.
 */
export const schema = Object.freeze({ text, uuid, list, commaText, whole, flag });

function splitCommas(given: string): string[] {
  return given
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
