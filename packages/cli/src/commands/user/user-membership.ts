import { allow } from '@flairgate/core';
import { grantPermissions, ROLE_NAMES, removeUser, revokePermissions, setRole } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration, type CommandOption } from '../../command.js';
import { operator } from '../../context.js';

const member: readonly CommandOption[] = [
  { flags: '--org <oid>', help: 'organization: its id, or its name if only one has it', required: true },
  { flags: '--email <address>', help: 'e-mail address or uid of the user', required: true },
];
const memberShape = { org: z.string(), email: z.string() };
const permissions: CommandOption = {
  flags: '--permission <name...>',
  help: 'permission or family; can be repeated',
  required: true,
};
const granting = z.object({ ...memberShape, permission: z.array(z.string()).min(1) });

export const userRole = administration({
  words: ['user', 'role'],
  help: 'Replace all permissions of a member by a role.',
  options: [...member, { flags: '--role <role>', help: 'role', required: true, choices: ROLE_NAMES }],
  input: z.object({ ...memberShape, role: z.enum(ROLE_NAMES) }),
  async run(context, { org: oid, email, role }) {
    const given = await setRole(context, operator, { oid, email, role });
    if (!given.allowed) return given;
    const { permissions: granted } = given.value;
    return allow({
      json: { oid, email, role, permissions: granted },
      lines: [`${email} is ${role} of ${oid} with ${granted.length} permissions`],
    });
  },
});

export const userGrant = administration({
  words: ['user', 'grant'],
  help: 'Grant a member further permissions.',
  options: [...member, permissions],
  input: granting,
  async run(context, { org: oid, email, permission }) {
    const changed = await grantPermissions(context, operator, { oid, email, permissions: permission });
    return changed.allowed ? allow(granted(oid, email, changed.value.permissions)) : changed;
  },
});

export const userTake = administration({
  words: ['user', 'take'],
  help: 'Revoke permissions of a member. Groups and policies can still grant them.',
  options: [...member, permissions],
  input: granting,
  async run(context, { org: oid, email, permission }) {
    const changed = await revokePermissions(context, operator, { oid, email, permissions: permission });
    return changed.allowed ? allow(granted(oid, email, changed.value.permissions)) : changed;
  },
});

export const userRemove = administration({
  words: ['user', 'remove'],
  help: 'Remove a member. The last owner cannot be removed.',
  options: member,
  input: z.object(memberShape),
  async run(context, { org: oid, email }) {
    const removed = await removeUser(context, operator, { oid, email });
    if (!removed.allowed) return removed;
    const { uid, keys } = removed.value;
    return allow({
      json: { oid, uid, removed: true, keys: Object.fromEntries(keys.map(({ keyId, name }) => [keyId, name])) },
      lines: [
        `${email} is no longer a member of ${oid}`,
        ...keys.map(({ keyId, name }) => `created there and still valid: ${name} (${keyId})`),
      ],
    });
  },
});

function granted(oid: string, email: string, names: readonly string[]) {
  return { json: { oid, email, permissions: names }, lines: [`${email} in ${oid}: ${names.join(' ') || 'nothing'}`] };
}
