import { expect } from 'vitest';
import { runHere } from '../../packages/cli/test/run-here.ts';

/** Returns the help of a command. Fails if it has none. */
export async function help(...words: readonly string[]): Promise<string> {
  const { exit, stdout } = await runHere([...words, '--help'], {});
  expect(exit).toBe(0);
  return stdout;
}

/** Words in the list of a help text. */
function listed(text: string): readonly string[] {
  return [...text.slice(text.indexOf('Commands:')).matchAll(/^ {2}([\w-]+) {2,}/gm)].map(([, word = '']) => word);
}

/** Returns every command, as `noun verb` or one word, in the order of the help. */
export async function listCommands(): Promise<readonly string[]> {
  const commands: string[] = [];
  for (const word of listed(await help())) {
    const text = await help(word);
    commands.push(...(text.includes('Commands:') ? listed(text).map((verb) => `${word} ${verb}`) : [word]));
  }
  return commands;
}
