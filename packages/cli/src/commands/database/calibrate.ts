import { allow, OptionError } from '@flairgate/core';
import { z } from 'zod';
import { clampRounds, measureSpeed, SPEED_STEPS } from '../../calibrate/measure.js';
import { measureCached, SLICES } from '../../calibrate/measure-cached.js';
import { type Answer, configOption, plain } from '../../command.js';
import { overview } from '../../help/overview.js';

const DEFAULT_TARGET = '350';
const BACKEND = 'node:crypto';
const USAGE = 'usage: flairgate calibrate <hash_name> [<target_milliseconds>]';

const calibrateInput = z.strictObject({
  hash_name: z.string().optional(),
  target_milliseconds: z.string().default(DEFAULT_TARGET),
  config: z.string().optional(),
});

/**
 * Measurements of this machine. `speed` is the number of hash rounds per second on one core. `cached` is the number of
 * cached keys that one core accepts per second.
 */
interface Measured {
  readonly speed: number;
  readonly targetMs: number;
  readonly cached: number;
  /** Hash rounds in the current configuration. */
  readonly current: number;
}

/**
 * Prints the same lines as `choose_rounds` of the Python library passlib, which the manual of Lime (a system whose API
 * Flairgate supports) tells operators to run. Then explains what the numbers mean for Flairgate.
 */
export const calibrate = plain({
  words: ['calibrate'],
  help: overview.calibrate,
  options: [configOption],
  arguments: [
    { name: 'hash_name', help: 'pbkdf2_sha256' },
    { name: 'target_milliseconds', help: `target time of one verification (default: ${DEFAULT_TARGET})` },
  ],
  input: calibrateInput,
  async run({ hash_name: name, target_milliseconds: target }, settings, { progress }) {
    assertHashName(name);
    const targetMs = parseTarget(target);
    const { keyHash } = settings.configuration;
    const bar = progress?.('measuring', SPEED_STEPS + SLICES);
    let done = 0;
    const step = () => bar?.update(++done);
    try {
      const speed = await measureSpeed(targetMs, step);
      return allow(measuredToAnswer({ speed, targetMs, cached: await measureCached(step), current: keyHash.rounds }));
    } finally {
      bar?.close();
    }
  },
});

function assertHashName(name: string | undefined): void {
  if (name === 'pbkdf2_sha256') return;
  if (name === undefined) throw new OptionError(`error: hash name not specified; ${USAGE}`);
  if (name === 'sha256') throw new OptionError('error: sha256 does not support variable rounds');
  throw new OptionError(`error: unknown hash '${name}'`);
}

function parseTarget(text: string): number {
  const milliseconds = /^\s*\+?\d{1,9}\s*$/.test(text) ? Number(text) : 0;
  if (milliseconds > 0) return milliseconds;
  throw new OptionError('error: target time must be integer milliseconds > 0');
}

function measuredToAnswer({ speed, targetMs, cached, current }: Measured): Answer {
  const rounds = Math.round((speed * targetMs) / 1000);
  const usable = clampRounds(rounds);
  const cold = (count: number) => speed / count;
  return {
    json: {
      hash: 'pbkdf2_sha256',
      backend: BACKEND,
      speed: Math.round(speed),
      target_ms: targetMs,
      target_rounds: rounds,
      cold_per_second: round(cold(usable)),
      cached_per_second: Math.round(cached),
      current_rounds: current,
      current_cold_per_second: round(cold(current)),
    },
    lines: [
      `hash............: pbkdf2_sha256 (using ${BACKEND} backend)`,
      `speed...........: ${Math.round(speed)} iterations/second`,
      `target time.....: ${targetMs} ms`,
      `target rounds...: ${rounds}`,
      '',
      ...(usable === rounds ? [] : [`Rounds may be from 1000 to 10000000, so ${usable} it would be.`]),
      `With ${usable} rounds one core verifies ${round(cold(usable))} keys a second that are new to the process (cold)`,
      `and ${Math.round(cached)} that it has verified before (cached). With the ${current} in force: ${round(cold(current))} cold.`,
      'Only the first use of a right key in a process is cold; a wrong key costs no rounds at all.',
      `To use them: authentication: {api_key_rounds_no: ${usable}} in the configuration file. Old keys go on working.`,
    ],
  };
}

function round(perSecond: number): number {
  return Number(perSecond.toPrecision(3));
}
