import type { ObjectAction, PermissionEntry, PolicyGrants } from '@flairgate/client';

/** Actions on objects, in the order of the table columns. */
export const OBJECT_ACTIONS: readonly ObjectAction[] = ['read', 'write', 'add', 'delete'];

/**
 * Returns the object types. A name prefix is an object type if the catalogue contains four permissions with this
 * prefix, one for each of the four actions.
 */
export function objectTypes(entries: readonly PermissionEntry[]): readonly string[] {
  const names = new Set(entries.map(({ name }) => name));
  return entries
    .filter(({ name }) => name.endsWith('.read'))
    .map(({ name }) => name.slice(0, -'.read'.length))
    .filter((type) => OBJECT_ACTIONS.every((action) => names.has(`${type}.${action}`)));
}

export function isGranted(grants: PolicyGrants, gid: string, type: string, action: ObjectAction): boolean {
  return actionsOf(typesOf(grants, gid), type).includes(action);
}

/**
 * Returns the grants after one action was granted or revoked. If a type has no actions left, the type is removed. A
 * group without types stays in the result.
 */
export function withGrant(
  grants: PolicyGrants,
  [gid, type, action]: readonly [gid: string, type: string, action: ObjectAction],
  isGiven: boolean,
): PolicyGrants {
  const ofGroup = typesOf(grants, gid);
  const actions = OBJECT_ACTIONS.filter((one) => (one === action ? isGiven : actionsOf(ofGroup, type).includes(one)));
  const { [type]: _old, ...others } = ofGroup;
  return { ...grants, [gid]: actions.length === 0 ? others : { ...others, [type]: actions } };
}

/**
 * Returns a group's grants by object type. Properties that `grants` inherits from its prototype are ignored, so a group
 * id such as `constructor` has no grants.
 */
export function typesOf(grants: PolicyGrants, gid: string): PolicyGrants[string] {
  return (Object.hasOwn(grants, gid) ? grants[gid] : undefined) ?? {};
}

function actionsOf(types: PolicyGrants[string], type: string): readonly ObjectAction[] {
  return (Object.hasOwn(types, type) ? types[type] : undefined) ?? [];
}

/** Returns the grants. Groups without any grants are left out. */
export function compact(grants: PolicyGrants): PolicyGrants {
  return Object.fromEntries(Object.entries(grants).filter(([, types]) => Object.keys(types).length > 0));
}
