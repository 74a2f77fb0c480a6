import { randomBytes } from 'node:crypto';
import { revokeKey } from '@flairgate/core/administration';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, operator } from '../../flow/running-service.ts';
import { type GateFixture, openGateFixture, type Running } from './gate-process.ts';
import { distance, distanceBound, median } from './samples.ts';

const SAMPLES = 10_000;
const WARM_UP = 1000;
/** One run in ten thousand fails by chance. */
const PROBABILITY = 1e-4;

let place: GateFixture;
let running: Running;

beforeAll(async () => {
  place = await openGateFixture();
  running = await place.start('gate', 1);
});
afterAll(() => place.close());

/** Milliseconds of each kind of request, one kind after the other in a random order each time, on one connection. */
async function measure(
  kinds: Readonly<Record<string, () => string>>,
  samples: number,
): Promise<Readonly<Record<string, readonly number[]>>> {
  const taken: Record<string, number[]> = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  for (let round = -WARM_UP; round < samples; round += 1) {
    const order = Object.entries(kinds).map(([kind, make]) => ({
      kind,
      key: make(),
      at: randomBytes(4).readUInt32BE(),
    }));
    for (const { kind, key } of order.toSorted((a, b) => a.at - b.at)) {
      const started = performance.now();
      const status = await running.get('/rules', key);
      const took = performance.now() - started;
      if (status !== 401) throw new Error(`${kind}: ${status}`);
      if (round >= 0) taken[kind]?.push(took);
    }
  }
  return taken;
}

describe('no clock tells', () => {
  it(`no clock tells an unknown key from a wrong secret of a known one, in ${SAMPLES} samples each`, async () => {
    const { keyId, text } = await place.makeKey('known');
    expect(await running.get('/rules', text)).toBe(200);
    const { unknown = [], wrong = [] } = await measure(
      {
        unknown: () => mintKeyText('fg', mintKeyId(randomBytes), randomBytes),
        wrong: () => mintKeyText('fg', keyId, randomBytes),
      },
      SAMPLES,
    );
    const found = { distance: distance(unknown, wrong), medians: [median(unknown), median(wrong)] };
    process.stdout.write(`${JSON.stringify({ ...found, bound: distanceBound(SAMPLES, PROBABILITY) })}\n`);
    expect(found.distance).toBeLessThan(distanceBound(SAMPLES, PROBABILITY));
  });

  it('no clock tells a revoked, an expired and a key from a wrong address apart by more than a tenth of the median', async () => {
    const expired = await place.makeKey('expired', { expiresAt: Date.now() + 200 });
    const revoked = await place.makeKey('revoked');
    const elsewhere = await place.makeKey('elsewhere', { ranges: ['192.0.2.0/24'] });
    await done(revokeKey(place.context, operator, { oid: place.oid, keyId: revoked.keyId }));
    await expect.poll(() => running.get('/rules', expired.text)).toBe(401);
    const taken = await measure(
      { expired: () => expired.text, revoked: () => revoked.text, elsewhere: () => elsewhere.text },
      SAMPLES / 4,
    );
    const medians = Object.fromEntries(Object.entries(taken).map(([kind, values]) => [kind, median(values)]));
    process.stdout.write(`${JSON.stringify(medians)}\n`);
    const all = Object.values(medians);
    expect(Math.max(...all) / Math.min(...all)).toBeLessThan(1.1);
  });
});

describe('the distance', () => {
  const spread = (shift: number) =>
    Array.from({ length: SAMPLES }, (_, at) => ((at * 7919) % SAMPLES) / SAMPLES + shift);
  it('the distance finds a shift of a twentieth of the spread, and none where there is none', () => {
    expect(distance(spread(0), spread(0.05))).toBeGreaterThan(distanceBound(SAMPLES, PROBABILITY));
    expect(distance(spread(0), spread(0))).toBe(0);
  });
});
