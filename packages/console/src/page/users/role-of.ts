import type { Member, RoleEntry } from '@flairgate/client';

/** Returns the role whose permissions equal the member's permissions. Undefined if there is none. */
export function roleOf({ role, permissions }: Member, roles: readonly RoleEntry[]): string | undefined {
  if (role === 'owner') return 'Owner';
  const held = new Set(permissions);
  return roles.find(
    ({ name, perms }) => name !== 'Owner' && perms.length === held.size && perms.every((one) => held.has(one)),
  )?.name;
}
