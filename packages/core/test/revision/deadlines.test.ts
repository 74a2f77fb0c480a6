import { createAuthenticator, isDenial } from '@flairgate/core';
import { createOrganization } from '@flairgate/core/administration';
import { createRevision, deadlines, type RevisionSnapshot } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
} from '../administration/fixture.js';
import { type TimedClock, timedClock, watch } from './timed-clock.js';

const BOUND_MS = 30_000;
const UNAVAILABLE = expect.objectContaining({ name: 'UnavailableError' });
const never = () => new Promise<never>(() => undefined);

const perhaps: Extract<NonNullable<Store['existenceProbe']>, { kind: 'async' }>['mightExist'] = async () => true;

let clock: TimedClock;
beforeEach(() => {
  clock = timedClock();
});

describe('a primary that does not answer', () => {
  const snapshot: RevisionSnapshot = { incarnation: 'one', n: 0, prunedTo: 0, changes: [], ageMs: 0 };
  let answers: boolean;
  const revisionOf = () =>
    createRevision({
      source: { pull: () => (answers ? Promise.resolve(snapshot) : never()) },
      clock,
      boundMs: BOUND_MS,
    });

  it('a primary that does not answer is given up, so that the next look does not wait for it', async () => {
    answers = true;
    const revision = revisionOf();
    await revision.sync();
    answers = false;
    const [stuck, queued] = [revision.sync(), revision.sync()];
    const settled = watch(clock, [stuck, queued]);
    answers = true;
    await clock.advance(deadlines.syncMs - 1);
    expect(settled).toEqual([]);
    await clock.advance(1);
    expect(settled).toEqual([
      { at: deadlines.syncMs, error: UNAVAILABLE },
      { at: deadlines.syncMs, value: undefined },
    ]);
    expect(revision.validForMs).toBe(BOUND_MS);
  });

  it('a primary that does not answer is waited for to the end of the bound, and not longer', async () => {
    answers = true;
    const revision = revisionOf();
    await revision.sync();
    answers = false;
    await clock.advance(BOUND_MS - 4000);
    expect(revision.current()).toBe(false);
    const waiting = watch(clock, [revision.ensureCurrent()]);
    await clock.advance(3999);
    expect(waiting).toEqual([]);
    await clock.advance(1);
    expect(waiting).toEqual([{ at: 4000, error: UNAVAILABLE }]);
  });

  it('a primary that does not answer has a request past the bound wait no longer than the look has been under way for', async () => {
    answers = true;
    const revision = revisionOf();
    await revision.sync();
    await clock.advance(BOUND_MS);
    answers = false;
    revision.current();
    const first = watch(clock, [revision.ensureCurrent()]);
    await clock.advance(deadlines.settleMs);
    expect(first).toEqual([{ at: deadlines.settleMs, error: UNAVAILABLE }]);
  });
});

describe('a store that does not answer', () => {
  let setting: AdministrationFixture;
  let text: string;
  /** Everything, or the look for a key alone, while looks at what changed are answered. */
  let hangs: 'all' | 'look-ups' | undefined;
  let authenticator: ReturnType<typeof createAuthenticator>;
  const apiKey = () => ({ kind: 'api-key', text }) as const;

  beforeEach(async () => {
    setting = await openAdministrationFixture();
    const { oid } = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' }));
    ({ text } = await organizationKey(setting, oid, 'vendor'));
    hangs = undefined;
    const { store } = setting;
    const read: Store['read'] = (work) => (hangs === 'all' ? never() : store.read(work));
    const existenceProbe: Store['existenceProbe'] = {
      kind: 'async',
      mightExist: (table, key) => (hangs === undefined ? perhaps(table, key) : never()),
    };
    authenticator = createAuthenticator({ store: { ...store, read, existenceProbe }, clock });
  });
  afterEach(() => authenticator.close());

  it('a request is answered 503 past the bound while the store does not answer, known key or not', async () => {
    expect(isDenial(await authenticator.authenticate(apiKey(), undefined))).toBe(false);
    hangs = 'all';
    await clock.advance(BOUND_MS);
    const settled = watch(clock, [authenticator.authenticate(apiKey(), undefined)]);
    await clock.advance(deadlines.settleMs);
    expect(settled).toEqual([{ at: deadlines.settleMs, error: UNAVAILABLE }]);
    hangs = undefined;
    const later = watch(clock, [authenticator.authenticate(apiKey(), undefined)]);
    await clock.advance(deadlines.syncMs);
    expect(later).toMatchObject([{ value: { kind: 'organization-key' } }]);
  });

  it('a store that does not answer has no look-up wait for minutes: those under way, those that wait, and those that come later', async () => {
    await authenticator.revision.sync();
    hangs = 'look-ups';
    const addresses = Array.from({ length: 200 }, (_, at) => `198.51.100.${at}`);
    const settled = watch(
      clock,
      addresses.map((address) => authenticator.authenticate(apiKey(), address)),
    );
    await clock.advance(deadlines.lookUpTurnMs - 1);
    expect(settled).toEqual([]);
    const late = watch(clock, [authenticator.authenticate(apiKey(), '203.0.113.7')]);
    await clock.advance(1);
    expect(settled).toHaveLength(192);
    const refusedAtOnce = watch(clock, [authenticator.authenticate(apiKey(), '203.0.113.8')]);
    await clock.advance(0);
    expect(refusedAtOnce).toEqual([{ at: 0, error: UNAVAILABLE }]);
    await clock.advance(deadlines.lookUpMs - deadlines.lookUpTurnMs);
    expect(settled).toHaveLength(200);
    expect(Math.max(...settled.map(({ at }) => at))).toBe(deadlines.lookUpMs);
    expect(settled.every(({ error }) => error !== undefined)).toBe(true);
    await clock.advance(deadlines.lookUpMs);
    expect(late).toHaveLength(1);
    hangs = undefined;
    expect(isDenial(await authenticator.authenticate(apiKey(), '203.0.113.7'))).toBe(false);
  });
});
