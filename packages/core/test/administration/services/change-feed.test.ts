import { allow } from '@flairgate/core';
import { type ChangeFeed, createChangeFeed, revokeKey, revokeServiceKey } from '@flairgate/core/administration';
import { securityWrite } from '@flairgate/core/internal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { must, OPERATOR, organizationKey, refusal } from '../fixture.js';
import { openServicesFixture, type ServicesFixture } from '../services-fixture.js';

let fleet: ServicesFixture;
let feed: ChangeFeed;

beforeEach(async () => {
  fleet = await openServicesFixture();
  const { store, clock, authenticator } = fleet;
  feed = createChangeFeed({ store, revision: authenticator.revision, now: clock.wall, maxWaitMs: 20_000 });
});

afterEach(() => feed.stop());

describe('the change feed', () => {
  it('the change feed gives every kept change first, then those after a number', async () => {
    const { principal } = await fleet.service();
    const all = must(await feed.read(principal, {}));
    expect(all).toMatchObject({ protocol: 1, more: false, heldMs: 0, ageMs: 0, organizations: 'all' });
    expect(all.changes.at(-1)?.n).toBe(all.n);
    const key = await organizationKey(fleet, fleet.oid, 'vendor');
    const next = must(await feed.read(principal, { inc: all.inc, after: all.n }));
    expect(next.changes).toEqual([{ n: all.n + 1, scope: 'key', id: key.keyId }]);
    expect(must(await feed.read(principal, { inc: 'another', after: next.n })).changes).toEqual([
      ...all.changes,
      ...next.changes,
    ]);
  });

  it('the change feed holds a question until there is a change', async () => {
    const { principal } = await fleet.service();
    const { inc, n } = must(await feed.read(principal, {}));
    const held = feed.read(principal, { inc, after: n, waitMs: 20_000 });
    const key = await organizationKey(fleet, fleet.oid, 'vendor');
    const page = must(await held);
    expect(page).toMatchObject({ inc, n, changes: [], more: true });
    expect(must(await feed.read(principal, { inc, after: page.n })).changes).toEqual([
      { n: n + 1, scope: 'key', id: key.keyId },
    ]);
  });

  it('the change feed answers every waiting service when it stops', async () => {
    const { principal } = await fleet.service();
    const { inc, n } = must(await feed.read(principal, {}));
    const held = feed.read(principal, { inc, after: n, waitMs: 20_000 });
    await Promise.resolve();
    feed.stop();
    expect(must(await held)).toMatchObject({ n, changes: [] });
  });

  it('the change feed ends the wait of a service whose key ends, and refuses it', async () => {
    const { principal, keyId } = await fleet.service();
    const { inc, n } = must(await feed.read(principal, {}));
    const held = feed.read(principal, { inc, after: n, waitMs: 20_000 });
    must(await revokeServiceKey(fleet.context, OPERATOR, { keyId }));
    expect(refusal(await held)).toBe('ERR_KEY_INVALID');
  });

  it('the change feed leaves out what certainly concerns others, and nothing else', async () => {
    const ours = await organizationKey(fleet, fleet.oid, 'ours');
    const theirs = await organizationKey(fleet, fleet.other, 'theirs');
    must(await revokeKey(fleet.context, OPERATOR, { oid: fleet.oid, keyId: ours.keyId }));
    must(await revokeKey(fleet.context, OPERATOR, { oid: fleet.other, keyId: theirs.keyId }));
    must(
      await securityWrite(fleet.store, 0, async (tx) => {
        tx.touch('membership', `u:${fleet.other}`);
        tx.touch('membership', `u:${fleet.oid}`);
        tx.touch('org', fleet.other);
        tx.touch('org', fleet.oid);
        tx.touch('user', 'u');
        tx.touch('signing-key', 'k');
        tx.touch('all', '*');
        tx.touch('key', 'a key that was removed');
        return allow(undefined);
      }),
    );
    const { principal } = await fleet.service({ organizations: [fleet.oid] });
    const page = must(await feed.read(principal, {}));
    const text = JSON.stringify(page);
    expect(text).not.toContain(fleet.other);
    expect(text).not.toContain(theirs.keyId);
    const told = page.changes.map(({ scope, id }) => `${scope} ${id}`);
    expect(told).toEqual(
      expect.arrayContaining([
        `key ${ours.keyId}`,
        `membership u:${fleet.oid}`,
        `org ${fleet.oid}`,
        'user u',
        'signing-key k',
        'all *',
        'key a key that was removed',
      ]),
    );
  });

  it('the change feed comes in pages that never cut a change in two', async () => {
    const { principal } = await fleet.service();
    const start = must(await feed.read(principal, {})).n;
    for (const count of [3000, 1999, 2, 6000]) {
      must(
        await securityWrite(fleet.store, 0, async (tx) => {
          for (let each = 0; each < count; each += 1) tx.touch('user', `${count}-${each}`);
          return allow(undefined);
        }),
      );
    }
    const sizes: number[] = [];
    for (let after = start, more = true; more; ) {
      const page = must(await feed.read(principal, { after }));
      sizes.push(page.changes.length);
      after = page.n;
      more = page.more;
    }
    expect(sizes).toEqual([4999, 2, 6000]);
  }, 30_000);
});
