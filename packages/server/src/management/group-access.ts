import type { GroupAccess } from '@flairgate/core/administration';
import { z } from 'zod';
import { textList } from './route-parts.js';

/** Schema of a member of an organization, in LimaCharlie's format. */
export const directUser = z.object({ email: z.string(), uid: z.string(), perms: textList });

/** Schema of a user who has access to an organization through groups, in LimaCharlie's format. */
export const groupUser = z.object({
  email: z.string(),
  groups: z.record(z.string(), z.literal(true)).describe('The groups, by gid'),
  hasDirectAccess: z.boolean().describe('True for a user who is also a member'),
});

/** Schema of a group that grants its members access to an organization, in LimaCharlie's format. */
export const accessGroup = z.object({ name: z.string(), perms: textList, owners: textList });

/**
 * Converts the groups that grant access to an organization, and the users who have access through these groups, to the
 * format of the HTTP API.
 */
export function groupAccessToWire({ groups, users, whole }: GroupAccess) {
  return {
    from_groups: Object.fromEntries(
      users.map(({ email, groups: through, direct }) => [
        email,
        { email, groups: Object.fromEntries(through.map((gid) => [gid, true as const])), hasDirectAccess: direct },
      ]),
    ),
    group_info: Object.fromEntries(
      groups.map(({ gid, name, permissions, owners }) => [gid, { name, perms: permissions, owners }]),
    ),
    ...(whole ? {} : { from_groups_truncated: true as const }),
  };
}
