import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bare, rowsUnder } from './tables.ts';
import { top } from './type-check.ts';

const folder = join(top, 'test', 'outside');

describe('test/outside/README.md', () => {
  const rows = rowsUnder('test/outside/README.md', 'Checks by hand');

  it('test/outside/README.md has every folder with its command, and no other', () => {
    const folders = readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory());
    expect(rows.map(([name = '']) => /^\[([\w-]+)\]/.exec(name)?.[1])).toEqual(folders.toSorted());
    for (const [, command = ''] of rows) {
      const [program = ''] = bare(command)
        .split(' ')
        .filter((word) => word.startsWith('test/outside/'));
      expect(existsSync(join(top, program)), command).toBe(true);
      const isProgram = command.includes('node ') || (statSync(join(top, program)).mode & 0o100) !== 0;
      expect(isProgram, `${program} can be run`).toBe(true);
    }
  });
});
