import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Workplace, workplace } from './flairgate.js';

const timeout = 120_000;

let place: Workplace;

beforeAll(async () => {
  place = await workplace();
});
afterAll(() => place.remove());

describe('calibrate', { timeout }, () => {
  it('calibrate prints the four lines of choose_rounds, and what they mean', async () => {
    const { exit, stdout, stderr } = await place.run(['calibrate', 'pbkdf2_sha256', '40']);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const [hash, speed = '', target, rounds = '', , ...meaning] = stdout.split('\n');
    expect(hash).toBe('hash............: pbkdf2_sha256 (using node:crypto backend)');
    expect(speed).toMatch(/^speed\.{11}: \d+ iterations\/second$/);
    expect(target).toBe('target time.....: 40 ms');
    expect(rounds).toMatch(/^target rounds\.{3}: \d+$/);
    expect(Number(rounds.split(': ')[1])).toBeCloseTo(Number.parseInt(speed.split(': ')[1] ?? '', 10) * 0.04, -1);
    expect(meaning.join('\n')).toMatch(/\(cold\).*\(cached\).*api_key_rounds_no/s);
  });

  it('calibrate --json prints the rounds in force too, and a cached key is far cheaper than a cold one', async () => {
    await writeFile(join(place.folder, 'config.yml'), 'authentication:\n  api_key_rounds_no: 40000\n');
    const answer = await place.json(['calibrate', 'pbkdf2_sha256', '20', '--config', 'config.yml']);
    expect(answer).toEqual({
      hash: 'pbkdf2_sha256',
      backend: 'node:crypto',
      speed: expect.any(Number),
      target_ms: 20,
      target_rounds: expect.any(Number),
      cold_per_second: expect.any(Number),
      cached_per_second: expect.any(Number),
      current_rounds: 40_000,
      current_cold_per_second: expect.any(Number),
    });
    expect(Number(answer.cached_per_second)).toBeGreaterThan(100 * Number(answer.cold_per_second));
  });

  it.each([
    [[], 'error: hash name not specified; usage: flairgate calibrate <hash_name> [<target_milliseconds>]'],
    [['md5'], "error: unknown hash 'md5'"],
    [['sha256'], 'error: sha256 does not support variable rounds'],
    [['pbkdf2_sha256', '0'], 'error: target time must be integer milliseconds > 0'],
    [['pbkdf2_sha256', '1.5'], 'error: target time must be integer milliseconds > 0'],
  ])('calibrate with %j fails as choose_rounds does, with exit code 1', async (args, line) => {
    expect(await place.run(['calibrate', ...args])).toEqual({ exit: 1, stdout: '', stderr: `${line}\n` });
  });
});
