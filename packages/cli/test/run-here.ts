import { commands, run } from 'flairgate/internal';

export interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process: tests of many short commands are faster so. */
export async function runHere(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input = '',
): Promise<Ended> {
  const out: string[] = [];
  const notes: string[] = [];
  const exit = await run(commands, '0.0.0', args, {
    env,
    out: (line) => void out.push(line),
    note: (line) => void notes.push(line),
    input: async () => input,
  });
  return { exit, stdout: out.join('\n'), stderr: notes.join('\n') };
}
