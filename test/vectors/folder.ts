import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const named = process.env.FLAIRGATE_VECTORS;

/** The folder of published vectors: `FLAIRGATE_VECTORS`, else `../shared/vectors` beside the checkout. */
const folder = named === undefined || named === '' ? join(root, '../shared/vectors') : resolve(named);

/**
 * Runs a suite over the vectors. Where they are missing the suite says so and passes; it fails when
 * `FLAIRGATE_VECTORS` names a folder that is not there.
 */
export function describeVectors(name: string, suite: () => void): void {
  describe(name, () => {
    if (existsSync(folder)) {
      suite();
      return;
    }
    it('needs the published vectors; set FLAIRGATE_VECTORS to their folder', () => {
      process.stdout.write(`${name}: skipped, no vectors in ${relative(root, folder)}\n`);
      expect(named ?? '').toBe('');
    });
  });
}

/** Reads one JSON file of the vectors. */
export function readVectors<T>(path: string): T {
  return JSON.parse(readFileSync(join(folder, path), 'utf8'));
}

/** Returns the path of a folder of vectors. */
export function vectorFolder(path: string): string {
  return join(folder, path);
}
