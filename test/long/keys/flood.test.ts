import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { mintKeyId, mintKeyText } from '@flairgate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlace, type Place, type Running } from './gate-process.ts';
import { median } from './samples.ts';

const REQUESTS = 10_000;
const ROUNDS = 5;
const FLOOD_MS = 5000;
const FLOODING = 8;
/** Open loop: as many a second as come, however fast they are answered, and fewer than fill the process. */
const FLOOD_PER_SECOND = 400;
const VALID = 4;

const unknownKey = () => mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
/** The failure limit aside, what no key can be: there is nothing to look up. */
const malformedKey = () => `${randomBytes(300).toString('base64')} ${randomBytes(300).toString('base64')}`;

let place: Place;
let key: string;

beforeAll(async () => {
  place = await openPlace();
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
  it('at most what an accepted warm one does without a look-up, and half as much again with one', async () => {
    const running = await place.start('gate', 4);
    const ratios: { malformed: number; unknown: number }[] = [];
    for (let round = -1; round < ROUNDS; round += 1) {
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

interface Flooded {
  /** Answers to valid callers a second. */
  readonly valid: number;
  /** Milliseconds of reading a file that has nothing to do with it: quiet, and in the flood. */
  readonly quietMs: number;
  readonly floodMs: number;
}

/** Lets valid callers, one of them cold now and then, and a flood of unknown keys at the process for some seconds. */
async function flood(running: Running, cold: readonly string[], flooding: Running, pauseMs: number): Promise<Flooded> {
  await running.get('/rules', key);
  const quiet: number[] = [];
  for (let read = 0; read < 50; read += 1) quiet.push(await running.read('/file', 'ms'));
  const end = performance.now() + FLOOD_MS;
  const goesOn = () => performance.now() < end;
  let answered = 0;
  const reads: number[] = [];
  const attack = async () => {
    const started = performance.now();
    for (let sent = 1; goesOn(); sent += 1) {
      await flooding.get('/rules', unknownKey());
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
    for (const text of cold) {
      if ((await running.get('/rules', text)) !== 200) throw new Error('a cold caller was refused');
      await setTimeout(FLOOD_MS / (cold.length + 1));
    }
  };
  const readFile = async () => {
    for (; goesOn(); await setTimeout(20)) reads.push(await running.read('/file', 'ms'));
  };
  await Promise.all([
    ...Array.from({ length: FLOODING }, attack),
    ...Array.from({ length: VALID }, call),
    callCold(),
    readFile(),
  ]);
  return { valid: (answered / FLOOD_MS) * 1000, quietMs: median(quiet), floodMs: median(reads) };
}

describe('in a flood of unknown keys', () => {
  it('valid callers, warm and cold, get what bare Express gives them', async () => {
    const ratios: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const cold = await coldKeys(`busy ${round}`);
      const [gate, bare] = [await floodOf('gate', cold, 0), await floodOf('bare', cold, 0)];
      ratios.push(gate.valid / bare.valid);
    }
    process.stdout.write(`${JSON.stringify({ throughput: median(ratios), ratios })}\n`);
    expect(median(ratios)).toBeGreaterThanOrEqual(0.9);
  });

  it('a file that has nothing to do with it is read in less than ten times its quiet time', async () => {
    // Callers that leave the process time: what they take of it else is the event loop, not the threads of hashes.
    const { quietMs, floodMs } = await floodOf('gate', await coldKeys('file'), 50);
    process.stdout.write(`${JSON.stringify({ quietMs, floodMs })}\n`);
    expect(floodMs / quietMs).toBeLessThan(10);
  });
});

async function coldKeys(name: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let made = 0; made < 10; made += 1) texts.push((await place.makeKey(`${name} ${made}`)).text);
  return texts;
}

async function floodOf(kind: 'gate' | 'bare', cold: readonly string[], pauseMs: number): Promise<Flooded> {
  const running = await place.start(kind, VALID + 2);
  try {
    return await flood(running, cold, running.beside(FLOODING), pauseMs);
  } finally {
    running.stop();
  }
}
