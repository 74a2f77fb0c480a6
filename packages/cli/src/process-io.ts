import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { SingleBar } from 'cli-progress';
import type { ProcessIo, Progress } from './command.js';

/**
 * Ignores the error of a closed output pipe. A command therefore completes even if the program that reads its output
 * has exited, as in `flairgate key list | head`.
 */
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
  ...(process.stderr.isTTY === true ? { progress } : {}),
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

function progress(what: string, total?: number): Progress {
  const bar = new SingleBar({
    format: total === undefined ? `${what} {value}` : `${what} {bar} {percentage}% {value}/{total} {eta_formatted}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(total ?? 0, 0);
  return { update: (done) => bar.update(done), close: () => bar.stop() };
}
