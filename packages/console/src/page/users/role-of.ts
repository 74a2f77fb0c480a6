import type { Member, RoleEntry } from '@flairgate/client';

/**
 * Returns the name of a member's role. An owner's role is `Owner`. For other members, the role is the one that has
 * exactly the member's permissions. Undefined if there is no such role.
 */
export function roleOf({ role, permissions }: Member, roles: readonly RoleEntry[]): string | undefined {
  if (role === 'owner') return 'Owner';
  const held = new Set(permissions);
  return roles.find(
    ({ name, perms }) => name !== 'Owner' && perms.length === held.size && perms.every((one) => held.has(one)),
  )?.name;
}
