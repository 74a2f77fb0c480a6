import tab from '@bomb.sh/tab';
import { allow } from '@flairgate/core';
import { z } from 'zod';
import { plain } from '../command.js';
import { overview } from '../help/overview.js';

const SHELLS: readonly string[] = ['bash', 'zsh', 'fish', 'powershell'];

const completionInput = z
  .strictObject({ shell: z.string().default('') })
  .refine(({ shell }) => SHELLS.includes(shell), { message: `completion: must be followed by ${SHELLS.join(', ')}` });

export const completion = plain({
  words: ['completion'],
  help: overview.completion,
  options: [],
  arguments: [{ name: 'shell', help: SHELLS.join(', ') }],
  input: completionInput,
  async run({ shell }) {
    const script = scriptOf(shell);
    return allow({ json: { shell, script }, lines: [script] });
  },
});

/**
 * Returns the completion script for a shell. The library `@bomb.sh/tab` can only print the script, so this function
 * collects what the library prints.
 */
function scriptOf(shell: string): string {
  const { log } = console;
  const printed: string[] = [];
  console.log = (text) => void printed.push(String(text));
  try {
    tab.setup('flairgate', 'flairgate', shell);
  } finally {
    console.log = log;
  }
  return printed.join('\n');
}
