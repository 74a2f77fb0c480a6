import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GateFixture, openGateFixture, type Running } from './gate-process.ts';
import { median } from './samples.ts';

const REQUESTS = 12_000;
/** Short ones in turn, so that whatever else the machine does meets all. */
const ROUNDS = 30;
const SLICE_MS = 500;
const PAIRS = 30;
const WARM_UP_PAIRS = 4;
const FLOODING = 8;
/** Open loop: as many a second as come, however fast they are answered, and fewer than fill the process. */
const FLOOD_PER_SECOND = 400;
const VALID = 4;

const unknownKey = () => mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
/** The failure limit aside, what no key can be: there is nothing to look up. */
const malformedKey = () => `${randomBytes(300).toString('base64')} ${randomBytes(300).toString('base64')}`;

let place: GateFixture;
let key: string;

beforeAll(async () => {
  place = await openGateFixture();
  key = (await place.makeKey('valid')).text;
});
afterAll(() => place.close());

/** Microseconds of processor time that one request takes in the process. */
async function costOf(running: Running, status: number, keyOf: () => string): Promise<number> {
  const before = await running.read('/cpu', 'micros');
  let left = REQUESTS / ROUNDS;
  const send = async () => {
    while (left > 0) {
      left -= 1;
      if ((await running.get('/rules', keyOf())) !== status) throw new Error(`not ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, send));
  return ((await running.read('/cpu', 'micros')) - before) / (REQUESTS / ROUNDS);
}

describe('a refused request costs', () => {
  it('a refused request costs at most what an accepted warm one does, and half as much again with a look-up', async () => {
    const running = await place.start('gate', 4);
    const ratios: { malformed: number; unknown: number }[] = [];
    for (let round = -WARM_UP_PAIRS; round < ROUNDS; round += 1) {
      const warm = await costOf(running, 200, () => key);
      const malformed = (await costOf(running, 400, malformedKey)) / warm;
      const unknown = (await costOf(running, 401, unknownKey)) / warm;
      if (round >= 0) ratios.push({ malformed, unknown });
    }
    const found = {
      malformed: median(ratios.map((each) => each.malformed)),
      unknown: median(ratios.map((each) => each.unknown)),
    };
    process.stdout.write(`${JSON.stringify(found)}\n`);
    expect.soft(found.malformed).toBeLessThanOrEqual(1);
    expect(found.unknown).toBeLessThanOrEqual(1.5);
    running.stop();
  });
});

/** Answers a second to valid callers, all on the way at once, while unknown keys come at a steady rate. */
async function flood(running: Running, bad: Running, cold: string | undefined, pauseMs: number): Promise<number> {
  const started = performance.now();
  const goesOn = () => performance.now() - started < SLICE_MS;
  let answered = 0;
  const attack = async () => {
    for (let sent = 1; goesOn(); sent += 1) {
      await bad.get('/rules', unknownKey());
      await setTimeout(started + (sent * FLOODING * 1000) / FLOOD_PER_SECOND - performance.now());
    }
  };
  const call = async () => {
    for (; goesOn(); answered += 1) {
      if ((await running.get('/rules', key)) !== 200) throw new Error('a valid caller was refused');
      if (pauseMs > 0) await setTimeout(pauseMs);
    }
  };
  const callCold = async () => {
    if (cold !== undefined && (await bad.get('/rules', cold)) !== 200) throw new Error('a cold caller was refused');
  };
  await Promise.all([...Array.from({ length: FLOODING }, attack), ...Array.from({ length: VALID }, call), callCold()]);
  return (answered / (performance.now() - started)) * 1000;
}

describe('in a flood of unknown keys', () => {
  it('in a flood of unknown keys, valid callers, warm and cold, get what bare Express gives them', async () => {
    // Slices of the two in turn, so that whatever else the machine does meets both.
    const sides = [await sideOf('gate'), await sideOf('bare')] as const;
    const ratios: number[] = [];
    for (let pair = -WARM_UP_PAIRS; pair < PAIRS; pair += 1) {
      const { text: cold } = await place.makeKey(`busy ${pair}`);
      const rates = { gate: 0, bare: 0 };
      for (const { kind, running, bad } of pair % 2 === 0 ? sides : sides.toReversed()) {
        rates[kind] = await flood(running, bad, cold, 0);
      }
      if (pair >= 0) ratios.push(rates.gate / rates.bare);
    }
    for (const { running } of sides) running.stop();
    process.stdout.write(`${JSON.stringify({ throughput: median(ratios), ratios })}\n`);
    expect(median(ratios)).toBeGreaterThanOrEqual(0.9);
  });

  it('in a flood of unknown keys, a file that has nothing to do with it is read in less than ten times its quiet time', async () => {
    // Callers that leave the process time: what they take of it else is the event loop, not the threads of hashes.
    const { running, bad } = await sideOf('gate');
    const reader = running.beside(1);
    const quiet: number[] = [];
    for (let read = 0; read < 50; read += 1) quiet.push(await reader.read('/file', 'ms'));
    const busy: number[] = [];
    for (let slice = 0; slice < 10; slice += 1) {
      const { text: cold } = await place.makeKey(`file ${slice}`);
      let isOver = false;
      const flooding = flood(running, bad, cold, 50).finally(() => {
        isOver = true;
      });
      for (; !isOver; await setTimeout(20)) busy.push(await reader.read('/file', 'ms'));
      await flooding;
    }
    running.stop();
    const found = { quietMs: median(quiet), floodMs: median(busy) };
    process.stdout.write(`${JSON.stringify(found)}\n`);
    expect(found.floodMs / found.quietMs).toBeLessThan(10);
  });
});

interface Side {
  readonly kind: 'gate' | 'bare';
  /** Connections of the valid callers. */
  readonly running: Running;
  /** Connections of all other clients. */
  readonly bad: Running;
}

async function sideOf(kind: Side['kind']): Promise<Side> {
  const running = await place.start(kind, VALID);
  await running.get('/rules', key);
  return { kind, running, bad: running.beside(FLOODING + 1) };
}
