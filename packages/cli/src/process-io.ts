import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import type { ProcessIo } from './command.js';

/** Ignores a closed pipe, so that a command finishes when its reader has ended, for example `| head`. */
export function ignoreBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** The environment and the streams of this process. */
export const processIo: ProcessIo = {
  env: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  input: () => text(process.stdin),
  isTerminal: process.stdout.isTTY === true,
  ...(process.stdin.isTTY === true ? { ask } : {}),
};

async function ask(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
