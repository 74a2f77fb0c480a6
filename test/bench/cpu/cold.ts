import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto';
import { defaultCatalogue } from '@flairgate/core';
import type { TokenVerifier } from '@flairgate/core/tokens';
import { createTokenVerifier, ownIssuer } from '@flairgate/core/tokens';
import jsonwebtoken from 'jsonwebtoken';
import { printFigure } from '../harness/figure.js';
import {
  audience,
  createBenchFixture,
  issuer,
  makeSigning,
  makeTokens,
  type TokenAlgorithm,
} from '../harness/fixture.js';
import type { BenchOptions } from '../harness/options.js';
import { printTimes, ratiosOf, type TimedCase, timeCases } from '../harness/time-cases.js';

/**
 * Measures the verification of tokens that were never seen before, compared with jsonwebtoken and the bare signature.
 */
export async function measureCold(options: BenchOptions): Promise<void> {
  const algorithms = ['HS256', 'RS256', 'ES256'] as const;
  const cases: TimedCase[] = [];
  for (const algorithm of algorithms) cases.push(...(await coldCases(algorithm)));
  const times = await timeCases(cases, options);
  printTimes('cpu', times);
  for (const algorithm of algorithms) {
    const ratios = ratiosOf(times, `cold ${algorithm}: ours`, `cold ${algorithm}: jsonwebtoken`);
    printFigure(`cpu/cold ${algorithm}/÷ jsonwebtoken`, 'ratio', ratios);
  }
}

async function coldCases(algorithm: TokenAlgorithm): Promise<readonly TimedCase[]> {
  const setting = await createBenchFixture('memory');
  const signing = await makeSigning(setting, algorithm);
  const [token = ''] = await makeTokens(setting, signing, await setting.key('bench'), 1);
  const { key: secretOrPrivate } = signing.signer;
  const key = algorithm === 'HS256' ? secretOrPrivate : createPublicKey(secretOrPrivate);
  const own = ownIssuer({ tokens: signing.tokens, catalogue: defaultCatalogue, store: setting.store, clock: Date.now });
  const ours = createTokenVerifier({ issuers: [own] });
  const peer = () => jsonwebtoken.verify(token, key, { algorithms: [algorithm], issuer, audience });
  await assertSame(ours, peer, token);
  const oursTimed = async (count: number) => {
    let right = 0;
    for (let index = 0; index < count; index++) {
      const answer = ours(token, Date.now());
      // It comes at once, and a turn of the queue is not its price.
      if ((answer instanceof Promise ? await answer : answer).allowed) right += 1;
    }
    return right;
  };
  const cases = [
    { name: `cold ${algorithm}: ours`, run: oursTimed },
    { name: `cold ${algorithm}: jsonwebtoken`, run: repeated(peer) },
  ];
  if (algorithm === 'HS256') return cases;
  return [
    ...cases,
    { name: `cold ${algorithm}: crypto.verify alone`, run: repeated(() => bare(token, key, algorithm)) },
  ];
}

/** Both let the good token in, and neither a changed one. */
async function assertSame(ours: TokenVerifier, peer: () => unknown, token: string): Promise<void> {
  assert.ok((await ours(token, Date.now())).allowed);
  assert.ok(peer());
  assert.ok(!(await ours(`${token.slice(0, -6)}AAAAAA`, Date.now())).allowed);
}

function repeated(step: () => unknown): TimedCase['run'] {
  return (count) => {
    let right = 0;
    for (let index = 0; index < count; index++) if (step()) right += 1;
    return right;
  };
}

function bare(token: string, key: KeyObject, algorithm: TokenAlgorithm): boolean {
  const end = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  const options = algorithm === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : { key };
  return verifySignature('sha256', Buffer.from(token.slice(0, end)), options, signature);
}
