import { type Catalogue, compileRequirement, type Requirement } from '@flairgate/core';

/** Actions on the records of a hive. */
export type HiveAction = 'get' | 'set' | 'del';

/** Required permissions by action, in one hive. */
export type HiveNeeds = Readonly<Record<HiveAction, Requirement>>;

const SPECIAL: Readonly<Record<string, Readonly<Record<HiveAction, string>>>> = {
  'dr-general': { get: 'dr.list', set: 'dr.set', del: 'dr.del' },
  'dr-managed': { get: 'dr.list.managed', set: 'dr.set.managed', del: 'dr.del.managed' },
  fp: { get: 'fp.ctrl', set: 'fp.ctrl', del: 'fp.ctrl' },
};

/** Every hive there is: the special ones, and each area of the catalogue that one may get, set and del in. */
export function hivesOf(catalogue: Catalogue): ReadonlyMap<string, HiveNeeds> {
  const hives = new Map<string, HiveNeeds>();
  for (const [hive, { get, set, del }] of Object.entries({ ...plainHives(catalogue), ...SPECIAL })) {
    hives.set(hive, { get: need(get, catalogue), set: need(set, catalogue), del: need(del, catalogue) });
  }
  return hives;
}

function plainHives(catalogue: Catalogue): Readonly<Record<string, Readonly<Record<HiveAction, string>>>> {
  const areas = catalogue.entries.map(({ name }) => name.slice(0, name.lastIndexOf('.')));
  const whole = [...new Set(areas)].filter((area) =>
    ['get', 'set', 'del'].every((verb) => catalogue.has(`${area}.${verb}`)),
  );
  return Object.fromEntries(
    whole.map((area) => [area, { get: `${area}.get`, set: `${area}.set`, del: `${area}.del` }]),
  );
}

function need(permission: string, catalogue: Catalogue): Requirement {
  return compileRequirement([permission], catalogue, 'all');
}
