import assert from 'node:assert/strict';
import {
  compileRequirement,
  createAuthenticator,
  decidePermissions,
  defaultCatalogue,
  readCredential,
} from '@flairgate/core';
import { decide, UNOWNED } from '@flairgate/core/internal';
import { printFigure } from '../harness/figure.js';
import { createBenchFixture, makeSigning, makeTokens, needed } from '../harness/fixture.js';
import type { BenchOptions } from '../harness/options.js';
import { allocationsOf, printTimes, type TimedCase, timeCases } from '../harness/time-cases.js';
import { rawHeadersWith } from './exchange.js';
import { untilCurrent } from './until-current.js';

const ADDRESS = '127.0.0.1';

/** Times each room of the picture by itself, on a credential that is known. */
export async function measureRooms(options: BenchOptions): Promise<void> {
  const cases = await roomCases();
  printTimes('cpu', await timeCases(cases, options));
  for (const each of cases) printFigure(`cpu/${each.name}/allocated`, 'bytes', await allocationsOf(each));
}

async function roomCases(): Promise<readonly TimedCase[]> {
  const setting = await createBenchFixture('memory');
  const signing = await makeSigning(setting, 'HS256');
  const key = await setting.key('bench');
  const [token = ''] = await makeTokens(setting, signing, key, 1);
  const authenticator = createAuthenticator({ store: setting.store, tokens: signing.tokens });
  const withKey = { kind: 'api-key', text: key } as const;
  const withToken = { kind: 'bearer', text: token } as const;
  const principal = await authenticator.authenticate(withKey, ADDRESS);
  assert.ok('in' in principal);
  assert.ok('in' in (await authenticator.authenticate(withToken, ADDRESS)));
  const view = principal.in(setting.oid);
  assert.ok(view !== undefined);
  const requirement = compileRequirement([needed], defaultCatalogue, 'all');
  const keyHeaders = rawHeadersWith('x-api-key', key);
  const tokenHeaders = rawHeadersWith('Authorization', `Bearer ${token}`);
  const ready = () => untilCurrent(authenticator);
  return [
    timed('credential: x-api-key', () => 'text' in readCredential(keyHeaders)),
    timed('credential: bearer', () => 'text' in readCredential(tokenHeaders)),
    timed('principal: known key', () => authenticator.getCached(withKey, ADDRESS) !== undefined, ready),
    timed('principal: known token', () => authenticator.getCached(withToken, ADDRESS) !== undefined, ready),
    timed('principal: bound of revocation', () => authenticator.revision.current(), ready),
    timed('permission', () => decidePermissions(requirement, view.bits).allowed),
    timed('visibility', () => decide(view, UNOWNED, 'read').allowed),
  ];
}

function timed(name: string, step: () => boolean, ready?: () => Promise<void>): TimedCase {
  assert.ok(step(), name);
  const run = (count: number) => {
    let right = 0;
    for (let index = 0; index < count; index++) if (step()) right += 1;
    return right;
  };
  return ready === undefined ? { name, run } : { name, run, ready };
}
