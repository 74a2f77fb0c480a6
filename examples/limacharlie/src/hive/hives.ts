import { type Catalogue, compileRequirement, type Requirement } from '@flairgate/core';

/** Actions on records of a hive: on a record as a whole, or on its metadata alone. */
export type HiveAction = 'get' | 'set' | 'del' | 'getMetadata' | 'setMetadata';

/** Required permissions by action, in one hive. */
export type HiveNeeds = Readonly<Record<HiveAction, Requirement>>;

type Names = Readonly<Record<'get' | 'set' | 'del', string>>;

/** Hives whose permissions do not have the name of the hive. */
const SPECIAL: Readonly<Record<string, Names>> = {
  'dr-general': { get: 'dr.list', set: 'dr.set', del: 'dr.del' },
  'dr-managed': { get: 'dr.list.managed', set: 'dr.set.managed', del: 'dr.del.managed' },
  'dr-service': { get: 'dr.list.service', set: 'dr.set.service', del: 'dr.del.service' },
  fp: { get: 'fp.ctrl', set: 'fp.ctrl', del: 'fp.ctrl' },
  // The catalogue has no permissions of their own for what an agent knows.
  ai_skill: { get: 'ai_agent.get', set: 'ai_agent.set', del: 'ai_agent.del' },
  ai_memory: { get: 'ai_agent.get', set: 'ai_agent.set', del: 'ai_agent.del' },
};

/** LimaCharlie's names of hives that are stored under the area of their permissions. */
const AREAS: ReadonlyMap<string, string> = new Map([
  ['cloud_sensor', 'cloudsensor'],
  ['external_adapter', 'externaladapter'],
  ['extension_config', 'ext.conf'],
]);

const WIRE_NAMES: ReadonlyMap<string, string> = new Map([...AREAS].map(([name, area]) => [area, name]));

/** Returns the name under which the records of a hive are stored. */
export function toStoredHive(name: string): string {
  return AREAS.get(name) ?? name;
}

/** Returns LimaCharlie's name of a hive. */
export function toWireHive(stored: string): string {
  return WIRE_NAMES.get(stored) ?? stored;
}

/**
 * Returns all hives by stored name: the special ones, and each area of the catalogue with permissions to get, set and
 * delete. The hive `acl` is not one of them, because its records would be stored and not enforced.
 */
export function hivesOf(catalogue: Catalogue): ReadonlyMap<string, HiveNeeds> {
  const named = Object.entries({ ...plainHives(catalogue), ...SPECIAL });
  const whole = named.filter(([, names]) => Object.values(names).every((name) => catalogue.has(name)));
  return new Map(whole.map(([hive, names]) => [hive, needsOf(names, catalogue)]));
}

function plainHives(catalogue: Catalogue): Readonly<Record<string, Names>> {
  const areas = new Set(catalogue.entries.map(({ name }) => name.slice(0, name.lastIndexOf('.'))));
  return Object.fromEntries(
    [...areas].map((area) => [area, { get: `${area}.get`, set: `${area}.set`, del: `${area}.del` }]),
  );
}

function needsOf({ get, set, del }: Names, catalogue: Catalogue): HiveNeeds {
  const need = (...names: readonly string[]) =>
    compileRequirement(
      names.filter((name) => catalogue.has(name)),
      catalogue,
      'any',
    );
  return {
    get: need(get),
    set: need(set),
    del: need(del),
    getMetadata: need(get, `${get}.mtd`),
    setMetadata: need(set, `${set}.mtd`),
  };
}
