import type { OrganizationCaller, Ownership, ResourceAction } from '@flairgate/core/resources';

// The rules a second time, as tables to be read beside the written ones, sharing no code with the product.
// Columns: whose id stands in the field of the resource, seen from the caller.

type Whose = 'own' | 'other' | 'nobody';
type Row = Readonly<Record<Whose, boolean>>;

const ANYONE: Row = { own: true, other: true, nobody: true };

/** May the caller know the resource? By the flairs it has, and who created the resource. */
const MAY_KNOW: Readonly<Record<string, Row>> = {
  '': ANYONE,
  root: ANYONE,
  segment: { own: true, other: false, nobody: false },
  'segment root': ANYONE,
};

/** May the caller read the content? By whom it is secret to; `root` stands here to show that it changes nothing. */
const MAY_READ: Readonly<Record<string, Row>> = {
  '': { own: true, other: false, nobody: true },
  root: { own: true, other: false, nobody: true },
};

/** May the caller change or remove it? By who holds the lock. */
const MAY_TOUCH: Readonly<Record<string, Row>> = {
  '': { own: true, other: false, nobody: true },
  root: ANYONE,
};

/** May the caller write there without having asked for that very resource? By whom it is secret to. */
const MAY_OVERWRITE: Readonly<Record<string, Row>> = {
  '': ANYONE,
  secret: { own: true, other: false, nobody: false },
};

export type Asked = ResourceAction | 'patch' | 'upsert';

export function oracle(party: OrganizationCaller, ownership: Ownership, asked: Asked): boolean {
  const flairs = (...names: readonly ('segment' | 'root' | 'secret')[]) =>
    names.filter((name) => party[name]).join(' ');
  const known = MAY_KNOW[flairs('segment', 'root')]?.[whose(ownership.createdBy, party.identity)] === true;
  const read = MAY_READ[flairs('root')]?.[whose(ownership.secretTo, party.secretId)] === true;
  const touch = MAY_TOUCH[flairs('root')]?.[whose(ownership.lockedBy, party.identity)] === true;
  const overwrite = MAY_OVERWRITE[flairs('secret')]?.[whose(ownership.secretTo, party.secretId)] === true;
  const needed: Readonly<Record<Asked, readonly boolean[]>> = {
    know: [known],
    read: [known, read],
    update: [known, touch],
    delete: [known, touch],
    patch: [known, touch, read],
    upsert: [known, touch, overwrite],
  };
  return !needed[asked].includes(false);
}

/** Returns the holder of the lock after the caller has updated the resource. */
export function lockAfterUpdate(party: OrganizationCaller, ownership: Ownership): string | null {
  return whose(ownership.lockedBy, party.identity) === 'nobody' && party.lock ? party.identity : ownership.lockedBy;
}

function whose(id: string | null, caller: string): Whose {
  if (id === null) return 'nobody';
  return id === caller ? 'own' : 'other';
}
