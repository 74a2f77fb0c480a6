import { isPlainText } from '@flairgate/core';
import { z } from 'zod';

/** Longest text of one field that has no bound of its own. The body's size bounds them all. */
const MAX_CHARACTERS = 4096;

const MAX_ITEMS = 1000;

const UNPLAIN = 'no control or direction characters';

/** Says what is missing or what to write; never what was sent. */
function say(what: string) {
  return ({ input }: { readonly input?: unknown }) => (input === undefined ? 'is required' : what);
}

/** One text that can be stored and shown. A JSON number or object is none. */
export function text(what = 'write a text') {
  return z
    .string({ error: say(what) })
    .max(MAX_CHARACTERS, { error: `at most ${MAX_CHARACTERS} characters` })
    .refine(isPlainText, { error: UNPLAIN });
}

/** A UUID in any letter case; gives it in lower case, as ids are compared. */
export function uuid() {
  return z
    .string({ error: say('write a UUID') })
    .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, { error: 'write a UUID' })
    .transform((id) => id.toLowerCase());
}

/** A list of texts: comma text, a repeated field, a JSON array, or all of these. Empty items do not count. */
export function list() {
  return z
    .array(z.string({ error: 'write a list of texts' }).refine(isPlainText, { error: UNPLAIN }), {
      error: say('write a list of texts'),
    })
    .transform((items) => items.flatMap(splitCommas))
    .pipe(z.array(z.string()).max(MAX_ITEMS, { error: `at most ${MAX_ITEMS} items` }));
}

/** A list in one field: comma text. */
export function commaText() {
  return text().transform(splitCommas);
}

/** A whole number, as JSON number or as digits. */
export function whole() {
  const message = 'write a whole number';
  const digits = z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number);
  return z.union([z.int(), digits], { error: say(message) });
}

/** A yes or no: `true` or `false`, as JSON or as text, which Python's programs write with a capital. */
export function flag() {
  const word = z.enum(['true', 'false', 'True', 'False', '1', '0']).transform((given) => /^(?:true|1)$/i.test(given));
  return z.union([z.boolean(), word], { error: say('write true or false') });
}

/** Creators of zod schemas for fields and path parameters, which arrive as text from queries and forms. */
export const schema = Object.freeze({ text, uuid, list, commaText, whole, flag });

function splitCommas(given: string): string[] {
  return given
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
