import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The text of a program that opens the store `store` from its arguments, then runs `body`. */
export function storeProgram(body: string): string {
  return `
    import { allow } from '@flairgate/core';
import { securityWrite } from '@flairgate/core/internal';
    const [kind, place, schema] = process.argv.slice(1);
    const masterKey = Buffer.alloc(32, 7);
    const store = kind === 'sqlite'
      ? await (await import('@flairgate/stores/sqlite')).sqliteStore({ file: place, ...(schema === 'own key' ? {} : { masterKey }) })
      : await (await import('@flairgate/stores/postgres')).postgresStore({ url: place, schema: schema || undefined, masterKey });
    ${body}
  `;
}

/** Enough for eight processes to start on a machine that is busy. */
export const startTimeoutMs = 60_000;

/** Starts a program in a process of its own, from the folder of these tests. */
export function start(program: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '--eval', program, ...args], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The lines a process prints, until it ends. */
export async function linesOf(
  child: ChildProcess,
  onLine: (line: string) => void = () => undefined,
): Promise<string[]> {
  const lines: string[] = [];
  if (child.stdout === null) throw new Error('the process has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    onLine(line);
  }
  return lines;
}
