import { decideGuarded, denySeen, isRestricted, mayHide, mayKnowUnowned, see } from '@flairgate/core/internal';
import { describe, expect, it } from 'vitest';
import { party } from '../callers.js';
import { type SnapshotParts, snapshotOf } from './snapshots.js';

const HIDDEN = { allowed: false, rule: 'hidden' };
const WITHHELD = { allowed: false, rule: 'withheld' };
const OPEN = { allowed: true, rule: 'open' };
const HOLDER = { allowed: true, rule: 'holder' };
const elsewhere = { organization: 'org-b' };
const a = party('a');

const decided = (parts: SnapshotParts, action: 'know' | 'read' | 'update' = 'read', caller = a, token?: string) =>
  decideGuarded({ caller, snapshot: snapshotOf(parts), id: 'r1', token }, action);

describe('a decision behind a guard', () => {
  it('a resource without an owner is open where ids are routed, and hidden where they are shared', () => {
    expect(decided({})).toEqual(OPEN);
    expect(decided({ tenancy: 'shared' })).toEqual(HIDDEN);
    expect(decided({ tenancy: 'shared', state: { adoptedBy: 'org-b' } })).toEqual(HIDDEN);
    expect(decided({ tenancy: 'shared', state: { adoptedBy: 'org-a' } })).toEqual(OPEN);
  });

  it('a resource of another organization is hidden, whatever its ownership allows', () => {
    expect(decided({ tenancy: 'shared', owned: [{ ...elsewhere, createdBy: 'a' }] })).toEqual(HIDDEN);
    expect(decided({ tenancy: 'shared', owned: [{ createdBy: 'b' }] })).toEqual(OPEN);
  });

  it('a write in progress counts beside the stored ownership, and the stricter of both decides', () => {
    const secret = { secretTo: 'sid-of-b' };
    expect(decided({ owned: [{}], intents: [secret] })).toEqual(WITHHELD);
    expect(decided({ owned: [secret], intents: [{}] })).toEqual(WITHHELD);
    expect(decided({ owned: [{}], intents: [{}] })).toEqual(OPEN);
    expect(decided({ owned: [{}], intents: [{ lockedBy: 'b' }] }, 'update')).toMatchObject({
      rule: 'locked',
      holder: 'b',
    });
  });

  it('the rule that reveals least is told: hidden before withheld', () => {
    const segmented = party('a', 'segment');
    const own = { createdBy: 'a', secretTo: 'sid-of-b' };
    expect(decided({ owned: [own], intents: [{ createdBy: 'b' }] }, 'read', segmented)).toEqual(HIDDEN);
    expect(decided({ owned: [own], intents: [{ createdBy: 'a' }] }, 'read', segmented)).toEqual(WITHHELD);
  });

  it('a write in progress of another organization hides the resource', () => {
    expect(decided({ tenancy: 'shared', owned: [{}], intents: [elsewhere] })).toEqual(HIDDEN);
  });

  it('a write does not stand in its own way', () => {
    const parts = { owned: [{}], intents: [{ token: 'own', secretTo: 'sid-of-b' }] };
    expect(decided(parts, 'read', a, 'own')).toEqual(OPEN);
    expect(decided(parts, 'read', a, 'another')).toEqual(WITHHELD);
  });

  it('a write in progress counts for its own id, and one without an id for each id that has no owner yet', () => {
    const secret = { secretTo: 'sid-of-b' };
    expect(decided({ intents: [{ ...secret, id: 'r2' }] })).toEqual(OPEN);
    expect(decided({ intents: [{ ...secret, id: '?token' }] })).toEqual(WITHHELD);
    expect(decided({ owned: [{}], intents: [{ ...secret, id: '?token' }] })).toEqual(OPEN);
  });
});

describe('a look at the answer of a router', () => {
  const before = snapshotOf({ state: { revision: 5 } }).state;
  const seen = (parts: SnapshotParts, caller = a) => see(caller, before, snapshotOf(parts), 'r1');

  it('a refusal of the resource is a refusal of the answer', () => {
    expect(seen({ owned: [{ secretTo: 'sid-of-b' }] })).toEqual(WITHHELD);
    expect(seen({ owned: [{ createdBy: 'b' }] }, party('a', 'segment'))).toEqual(HIDDEN);
    expect(seen({ owned: [{ secretTo: 'sid-of-a' }] })).toEqual(HOLDER);
    expect(seen({ tenancy: 'shared', state: { secretEnded: 6 } })).toEqual(HIDDEN);
  });

  it('a resource that was created since is hidden from a caller that something may be hidden from', () => {
    const own = { createdBy: 'a' };
    const segmented = party('a', 'segment');
    expect(seen({ owned: [{ ...own, generation: 6 }] }, segmented)).toEqual(HIDDEN);
    expect(seen({ owned: [{ ...own, generation: 5 }] }, segmented)).toEqual(OPEN);
    expect(seen({ owned: [{ generation: 6 }] })).toEqual(OPEN);
  });

  it('an answer that may be of a secret resource that ended since is withheld', () => {
    const ended = { secretEnded: 6 };
    expect(seen({ state: ended })).toEqual(WITHHELD);
    expect(seen({ state: { secretEnded: 5 } })).toEqual(OPEN);
    expect(seen({ state: ended, owned: [{ generation: 6 }] })).toEqual(WITHHELD);
    expect(seen({ state: ended, owned: [{ generation: 5 }] })).toEqual(OPEN);
  });
});

describe('a caller that something may be kept from', () => {
  const shared = snapshotOf({ tenancy: 'shared' });
  const adopted = snapshotOf({ tenancy: 'shared', state: { adoptedBy: 'org-a' } });

  it('something may be hidden from a segmented key, and from every caller where ids are shared', () => {
    expect(mayHide(a, snapshotOf().space)).toBe(false);
    expect(mayHide(party('a', 'segment'), snapshotOf().space)).toBe(true);
    expect(mayHide(party('a', 'segment', 'root'), snapshotOf().space)).toBe(false);
    expect(mayHide(a, shared.space)).toBe(true);
  });

  it('a caller is restricted while something may be hidden, is secret, or is being written', () => {
    const restricted = (state: SnapshotParts['state'], caller = a) =>
      isRestricted(caller, snapshotOf({ state: { ...state } }));
    expect(restricted({})).toBe(false);
    expect(restricted({ secrets: 1 })).toBe(true);
    expect(restricted({ intents: 1 })).toBe(true);
    expect(restricted({}, party('a', 'segment'))).toBe(true);
    expect(isRestricted(a, shared)).toBe(true);
  });

  it('a caller may know of resources without an owner where its own organization adopted them', () => {
    expect(mayKnowUnowned(a, adopted)).toBe(true);
    expect(mayKnowUnowned(a, shared)).toBe(false);
    expect(mayKnowUnowned(party('a', 'segment'), adopted)).toBe(false);
    expect(mayKnowUnowned(a, snapshotOf({ state: { adoptedBy: 'org-a' } }))).toBe(false);
  });
});

describe('the refusal of what a router answered', () => {
  const explained = (parts: SnapshotParts, caller = a) => {
    const snapshot = snapshotOf(parts);
    return denySeen(caller, snapshot, 'r1', decideGuarded({ caller, snapshot, id: 'r1' }, 'read'));
  };

  it('a hidden resource is refused as missing, with an explanation for operators alone', () => {
    expect(explained({ owned: [{ createdBy: 'b' }] }, party('a', 'segment'))).toMatchObject({
      code: 'ERR_NOT_FOUND',
      organization: 'org-a',
      explanation: {
        type: 'rule',
        id: 'r1',
        identity: 'a',
        action: 'read',
        allowed: false,
        rule: 'hidden',
        because: 'the caller has `segment` and did not create the resource',
      },
    });
  });

  it('the explanation tells a resource of another organization apart', () => {
    expect(explained({ tenancy: 'shared', owned: [elsewhere] }).explanation).toMatchObject({
      because: 'the resource belongs to another organization',
    });
  });
});
