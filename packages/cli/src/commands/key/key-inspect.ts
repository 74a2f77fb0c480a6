import { allow, denyIssues, KEY_PATTERN, parseKeyText } from '@flairgate/core';
import { z } from 'zod';
import type { PlainCommand } from '../../command.js';

const input = z.object({ text: z.string().optional() });

/** A mark that the text was longer than any key: nobody pipes a file of theirs into the answer. */
const MAX_CHARACTERS = 1024;

export const keyInspect: PlainCommand = {
  kind: 'plain',
  words: ['key', 'inspect'],
  help: 'Says what the text of a key tells of itself, offline, and never its secret.',
  options: [],
  arguments: [{ name: 'text', help: 'the key; better - or nothing, and the key on standard input' }],
  async run(options, _environment, { input: readInput }) {
    const { text = '-' } = input.parse(options);
    const isArgument = text !== '-';
    const key = (isArgument ? text : await readInput()).trim();
    const parsed = key.length > MAX_CHARACTERS ? undefined : parseKeyText(key);
    if (parsed === undefined) return denyIssues([{ field: 'key', message: whyNot(key) }]);
    const keyId = parsed.format === 'fg' ? parsed.keyId : null;
    const advice = 'Other users of this machine can read arguments: give a key on standard input.';
    return allow({
      json: { format: parsed.format, key_hash: keyId },
      lines: [
        ...(keyId === null ? ['a key in UUID form; it does not hold its public id'] : [`key ${keyId}, well formed`]),
        'Whether it works only the database knows: flairgate key list.',
        ...(isArgument ? [advice] : []),
      ],
    });
  },
};

/** Says what is wrong with a text, without a word of it. */
function whyNot(text: string): string {
  if (text === '') return 'nothing was given';
  if (KEY_PATTERN.exec(text)?.[0] === text) return 'the checksum does not fit: a character is wrong';
  if (KEY_PATTERN.test(text)) return 'there is more than a key';
  if (text.startsWith('fg_')) return `${text.length} characters where a key has 46, or others than letters and digits`;
  return 'not a key of this product: fg_ and 43 letters and digits, or a random UUID in lower case';
}
