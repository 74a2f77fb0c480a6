import { setTimeout } from 'node:timers/promises';
import { createAuthenticator, isDenial } from '@flairgate/core';
import { createOrganization, revokeKey, setKeyState } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  must,
  OPERATOR,
  openSetting,
  organizationKey,
  type Setting,
} from '../../../packages/core/test/administration/setting.js';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../../packages/stores/test/databases.js';

const WRITERS = 300;
const TIMES = Number(process.env.TIMES ?? 41);
const P99_MS = 250;

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)('a gateway that is busy with writes of its own', () => {
  let database: TestDatabase;
  let busy: Setting;
  let other: Setting;
  let oid: string;

  beforeAll(async () => {
    database = await makeDatabase('postgres');
    busy = await openSetting(await database.open());
    other = await openSetting(await database.open());
    oid = must(await createOrganization(other.context, OPERATOR, { name: 'Acme' })).oid;
  });
  afterAll(async () => {
    await Promise.all([busy.authenticator.close(), other.authenticator.close()]);
    await database.remove();
  });

  test(`refuses a key that another one revoked as fast as any: ${WRITERS} writers`, async () => {
    const gate = createAuthenticator({ store: busy.store });
    const keys = [];
    for (let at = 0; at < WRITERS + TIMES; at++) keys.push(await organizationKey(other, oid, `key-${at}`));
    let isOver = false;
    const outcomes = { written: 0, failed: 0 };
    const writers = keys.slice(0, WRITERS).map(async ({ keyId }) => {
      for (let at = 0; !isOver; at++) {
        await setKeyState(busy.context, OPERATOR, { oid, keyId }, at % 2 === 0 ? 'disabled' : 'enabled').then(
          () => {
            outcomes.written += 1;
          },
          // One that is refused at once comes again a moment later, as a client would.
          () => {
            outcomes.failed += 1;
            return setTimeout(10);
          },
        );
      }
    });
    const took: number[] = [];
    let failedReads = 0;
    for (const { keyId, text } of keys.slice(WRITERS)) {
      const asking = Promise.resolve(gate.authenticate({ kind: 'api-key', text }, undefined));
      const found = await asking.catch(() => undefined);
      if (found === undefined || isDenial(found)) failedReads += 1;
      must(await revokeKey(other.context, OPERATOR, { oid, keyId }));
      const from = performance.now();
      while (gate.getCached({ kind: 'api-key', text }, undefined) !== undefined) await setTimeout(1);
      took.push(performance.now() - from);
    }
    isOver = true;
    await Promise.all(writers);
    await gate.close();
    took.sort((a, b) => a - b);
    const at = (part: number) =>
      Math.round(took[Math.min(took.length - 1, Math.floor(took.length * part))] ?? Number.NaN);
    const figures = { writers: WRITERS, times: TIMES, p50: at(0.5), p99: at(0.99), ...outcomes, failedReads };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(failedReads).toBe(0);
    expect(at(0.99)).toBeLessThan(P99_MS);
  });
});
