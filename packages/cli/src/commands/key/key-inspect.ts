import { allow, denyIssues, KEY_PATTERN, parseKeyText } from '@flairgate/core';
import { z } from 'zod';
import { plain } from '../../command.js';

const keyInspectInput = z.strictObject({ text: z.string().optional() });

/** Maximum length of a key. Longer input is refused without being parsed. */
const MAX_KEY_TEXT = 1024;

export const keyInspect = plain({
  words: ['key', 'inspect'],
  help: 'Show the format and public id of a key, offline, and never its secret.',
  options: [],
  arguments: [{ name: 'text', help: 'the key; - or nothing reads it from standard input, which is safer' }],
  input: keyInspectInput,
  async run({ text = '-' }, _settings, { input: readInput }) {
    const isArgument = text !== '-';
    const key = (isArgument ? text : await readInput()).trim();
    const parsed = key.length > MAX_KEY_TEXT ? undefined : parseKeyText(key);
    if (parsed === undefined) return denyIssues([{ field: 'key', message: whyNot(key) }]);
    const keyId = parsed.format === 'fg' ? parsed.keyId : null;
    const advice = 'Other users of this machine can read arguments: pass keys on standard input.';
    return allow({
      json: { format: parsed.format, key_hash: keyId },
      lines: [
        ...(keyId === null ? ['a key in UUID form; it does not hold its public id'] : [`key ${keyId}, well formed`]),
        'To see if it is valid, run: flairgate key list',
        ...(isArgument ? [advice] : []),
      ],
    });
  },
});

/** Returns the reason why a text is not a key, without quoting the text. */
function whyNot(text: string): string {
  if (text === '') return 'must not be empty';
  if (KEY_PATTERN.exec(text)?.[0] === text) return 'the checksum does not fit: a character is wrong';
  if (KEY_PATTERN.test(text)) return 'must contain nothing but the key';
  if (text.startsWith('fg_')) return `${text.length} characters where a key has 46, or others than letters and digits`;
  return 'not a key of this product: fg_ and 43 letters and digits, or a random UUID in lower case';
}
