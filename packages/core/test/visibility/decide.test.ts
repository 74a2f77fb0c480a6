import { decide, UNOWNED } from '@flairgate/core/internal';
import type { Ownership } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party } from './callers.js';

const owned = (differs: Partial<Ownership>): Ownership => ({ ...UNOWNED, ...differs });

describe('decide', () => {
  it.each(['know', 'read', 'update', 'delete'] as const)('every caller may %s a resource without owner', (action) => {
    expect(decide(party('a'), UNOWNED, action)).toEqual({ allowed: true, rule: 'open' });
  });

  it.each(['know', 'read', 'update', 'delete'] as const)(
    'decide hides from a segmented key to %s what it did not make',
    (action) => {
      const hidden = { allowed: false, rule: 'hidden' };
      expect(decide(party('a', 'segment'), UNOWNED, action)).toEqual(hidden);
      expect(decide(party('a', 'segment'), owned({ createdBy: 'b' }), action)).toEqual(hidden);
    },
  );

  it('decide says hidden, not locked or withheld, of what must not be known', () => {
    const everything = { createdBy: 'b', lockedBy: 'b', secretTo: 'sid-of-b' };
    for (const action of ['read', 'update', 'delete'] as const) {
      expect(decide(party('a', 'segment'), everything, action)).toEqual({ allowed: false, rule: 'hidden' });
    }
  });

  it('decide hides from no caller but the segmented key itself', () => {
    expect(decide(party('b'), owned({ createdBy: 'a' }), 'know').allowed).toBe(true);
    expect(decide(party('a', 'segment'), owned({ createdBy: 'a' }), 'know')).toEqual({
      allowed: true,
      rule: 'creator',
    });
  });

  it('decide lets root pass a segment and a lock, and never a secret', () => {
    const everything = { createdBy: 'b', lockedBy: 'b', secretTo: 'sid-of-b' };
    const root = party('a', 'segment', 'root');
    expect(decide(root, everything, 'know')).toEqual({ allowed: true, rule: 'root' });
    expect(decide(root, everything, 'update')).toEqual({ allowed: true, rule: 'root' });
    expect(decide(root, everything, 'delete')).toEqual({ allowed: true, rule: 'root' });
    expect(decide(root, everything, 'read')).toEqual({ allowed: false, rule: 'withheld' });
  });

  it('decide names the holder of a lock, and only that', () => {
    const locked = owned({ lockedBy: 'b' });
    expect(decide(party('a'), locked, 'update')).toEqual({ allowed: false, rule: 'locked', holder: 'b' });
    expect(decide(party('a'), locked, 'read')).toEqual({ allowed: true, rule: 'open' });
    expect(decide(party('b'), locked, 'update')).toEqual({ allowed: true, rule: 'holder' });
  });

  it('decide compares a secret by secret id, so that a re-created key does not inherit it', () => {
    const secret = owned({ secretTo: 'sid-of-a' });
    expect(decide(party('a'), secret, 'read')).toEqual({ allowed: true, rule: 'holder' });
    expect(decide({ ...party('a'), secretId: 'sid-new' }, secret, 'read').allowed).toBe(false);
    expect(decide(party('b'), owned({ secretTo: 'b' }), 'read').allowed).toBe(false);
  });
});
