import { text } from 'node:stream/consumers';
import type { ProcessIo } from './command.js';

/** Lets a command come to its own end where nobody reads what it prints any more, as behind `| head`. */
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
};
