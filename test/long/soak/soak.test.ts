import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decideFlatness, type Point, theilSen } from '../../soak/flatness.ts';

const PROGRAM = fileURLToPath(new URL('../../soak/dist/run.js', import.meta.url));

interface Soaked {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly figures: readonly Readonly<Record<string, unknown>>[];
  readonly picture: string;
}

/** Runs the soak for some seconds in a process of its own, and prints what it asserts and found. */
async function soak(env: Readonly<Record<string, string>>): Promise<Soaked> {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-soak-test-'));
  try {
    const child = spawn(process.execPath, [PROGRAM, '--minutes', '0.4', '--out', folder], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part;
      process.stderr.write(part);
    });
    const [code] = await once(child, 'close');
    const figures = (await readFile(join(folder, 'soak.jsonl'), 'utf8')).trim().split('\n');
    const picture = await readFile(join(folder, 'soak.svg'), 'utf8');
    return { code, lines: text.split('\n'), figures: figures.map((line) => JSON.parse(line)), picture };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const starting = (lines: readonly string[], start: string) => lines.filter((line) => line.startsWith(start));

describe('a soak of some seconds', () => {
  it('T-D09, J-08: a mixed load with restarts breaks no promise, and leaks no memory, timer or socket', async () => {
    const { code, lines, figures, picture } = await soak({});
    expect(starting(lines, 'broken promises')).toEqual(['broken promises: 0']);
    expect(starting(lines, 'GROWS')).toEqual([]);
    expect(starting(lines, 'flat: a1').length).toBe(5);
    expect(code).toBe(0);
    expect(new Set(figures.map(({ kind }) => kind))).toContain('sample');
    expect(picture).toContain('heap after garbage collection');
  });

  it('a soak fails if a gateway keeps what it should forget', async () => {
    const { code, lines } = await soak({ SOAK_LEAK: 'memory' });
    expect(starting(lines, 'GROWS: a1 heap').length).toBe(1);
    expect(code).toBe(1);
  });
});

describe('the slope of a series', () => {
  const points = (value: (at: number) => number): readonly Point[] =>
    Array.from({ length: 60 }, (_, at) => ({ at, value: value(at) }));

  it('the slope of a line is its slope, also with a third of its points far off', () => {
    expect(theilSen(points((at) => 5 + at / 4))).toBeCloseTo(0.25);
    expect(theilSen(points((at) => (at % 5 === 0 ? 1000 : at / 4)))).toBeCloseTo(0.25, 1);
    expect(theilSen([])).toBe(0);
  });

  it('a series is flat if it grows by at most what it may', () => {
    const series = { name: 'heap', unit: 'MiB', mayGrow: 2 };
    const saw = points((at) => 40 + (at % 7));
    expect(decideFlatness({ ...series, points: saw })).toMatchObject({ isFlat: true });
    const leak = points((at) => 40 + (at % 7) + at / 10);
    expect(decideFlatness({ ...series, points: leak })).toMatchObject({ isFlat: false, growth: 5.9 });
  });
});
