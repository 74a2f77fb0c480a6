import { defaultCatalogue } from '@flairgate/core';
import { checkNoEscalation } from '@flairgate/core/internal';
import { describe, expect, it } from 'vitest';

type Entitlements = Parameters<typeof checkNoEscalation>[1];

const EVERYTHING = defaultCatalogue.entries.map(({ name }) => name);

/** Rights of a plain key in `org`, with the given differences. */
function rights(differs: Partial<Entitlements> = {}): Entitlements {
  const none = { oid: 'org', grants: [], flairs: [], owner: false, narrowed: false, ranges: [], expiresAt: null };
  return { ...none, ...differs };
}

const owner = (differs: Partial<Entitlements> = {}) => rights({ owner: true, grants: EVERYTHING, ...differs });

/** Returns undefined if allowed, else the dimension, what is beyond the actor, and the detail. */
function beyond(actor: Partial<Entitlements> | undefined, target: Partial<Entitlements>) {
  const outcome = checkNoEscalation(actor && rights(actor), rights(target), defaultCatalogue);
  return outcome.allowed ? undefined : { code: outcome.code, detail: outcome.detail, ...outcome.members };
}

const refused = (dimension: string, ...missing: readonly string[]) => ({
  code: 'ERR_ESCALATION',
  dimension,
  beyond: missing,
  detail: expect.any(String),
});

describe('a credential that is created or widened', () => {
  it('a caller without rights in the organization creates nothing there', () => {
    expect(beyond(undefined, {})).toEqual(refused('organizations'));
    expect(beyond({ oid: 'another' }, {})).toEqual(refused('organizations'));
    expect(beyond({}, {})).toBeUndefined();
  });

  it('every permission that the creator lacks is named, of families too', () => {
    expect(beyond({ grants: ['dr.list'] }, { grants: ['dr.list'] })).toBeUndefined();
    expect(beyond({ grants: ['dr.list'] }, { grants: ['dr.list', 'dr.set', 'fp.ctrl'] })).toEqual({
      ...refused('permissions', 'dr.set', 'fp.ctrl'),
      detail: 'a caller cannot grant more than it holds (permissions: dr.set, fp.ctrl)',
    });
    expect(beyond({ grants: ['output.*'] }, { grants: ['output.list'] })).toBeUndefined();
    expect(beyond({ grants: ['output.list'] }, { grants: ['output.*'] })).toMatchObject({ dimension: 'permissions' });
  });

  it('a family is granted by a holder of the family or an owner, not by a holder of its permissions today', () => {
    const family = { grants: ['output.*'] };
    const members = defaultCatalogue.expand(['output.*']);
    expect(beyond({ grants: members }, family)).toEqual(refused('families', 'output.*'));
    expect(beyond({ grants: members }, { grants: members })).toBeUndefined();
    expect(beyond(family, family)).toBeUndefined();
    expect(beyond(owner(), family)).toBeUndefined();
    expect(beyond(owner({ narrowed: true }), family)).toMatchObject({ dimension: 'families' });
    expect(beyond(owner({ flairs: ['segment'] }), { ...family, flairs: ['segment'] })).toMatchObject({
      dimension: 'families',
    });
  });

  it('a segmented key creates segmented keys, unless root lifts the segment', () => {
    const flairs = ['segment'] as const;
    expect(beyond({ flairs }, {})).toEqual({
      ...refused('segment', 'segment'),
      detail: 'a key with the flair segment can create only keys with that flair',
    });
    expect(beyond({ flairs }, { flairs })).toBeUndefined();
    expect(beyond({ flairs: ['segment', 'root'] }, {})).toBeUndefined();
    expect(beyond({}, { flairs })).toBeUndefined();
  });

  it.each(['root', 'bulk'] as const)('the flair %s is given by a key with it, or by an unsegmented owner', (flair) => {
    const target = { flairs: [flair] };
    expect(beyond({}, target)).toEqual({
      ...refused(flair, flair),
      detail: `only an owner, or a key with the flair ${flair}, can grant ${flair}`,
    });
    expect(beyond({ flairs: [flair] }, target)).toBeUndefined();
    expect(beyond(owner(), target)).toBeUndefined();
    expect(beyond(owner({ narrowed: true }), target)).toMatchObject({ dimension: flair });
  });

  it('an owner whose key is segmented grants no flair that its key has not, even if root lifts the segment', () => {
    const flairs = ['segment', 'root'] as const;
    expect(beyond(owner({ flairs }), { flairs: ['bulk'] })).toMatchObject({ dimension: 'bulk' });
    expect(beyond(owner({ flairs }), { flairs: ['root'] })).toBeUndefined();
  });

  it('a key is good from no address that its creator is not good from', () => {
    const ranges = ['192.0.2.0/24'];
    expect(beyond({ ranges }, {})).toEqual({
      ...refused('ranges', 'ranges'),
      detail: 'a caller cannot grant more than it holds (ranges: ranges)',
    });
    expect(beyond({ ranges }, { ranges: ['192.0.2.7'] })).toBeUndefined();
    expect(beyond({}, { ranges })).toBeUndefined();
  });

  it('a key ends no later than its creator', () => {
    expect(beyond({ expiresAt: 5 }, {})).toEqual(refused('expiry', 'expiry'));
    expect(beyond({ expiresAt: 5 }, { expiresAt: 6 })).toEqual(refused('expiry', 'expiry'));
    expect(beyond({ expiresAt: 5 }, { expiresAt: 5 })).toBeUndefined();
    expect(beyond({}, { expiresAt: 5 })).toBeUndefined();
  });
});
