import { text } from 'node:stream/consumers';
import type { Surroundings } from './command.js';

/** The environment and the streams of this process. */
export const processSurroundings: Surroundings = {
  env: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  input: () => text(process.stdin),
};
