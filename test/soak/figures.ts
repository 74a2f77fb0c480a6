import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** Figures of a run: one JSON object in a line. */
export interface Figures {
  write(figure: Readonly<Record<string, unknown>>): void;
  close(): Promise<void>;
}

export function openFigures(file: string): Figures {
  const stream = createWriteStream(file);
  return {
    write: (figure) => void stream.write(`${JSON.stringify(figure)}\n`),
    async close() {
      stream.end();
      await finished(stream);
    },
  };
}
