import { allow } from '@flairgate/core';
import { grantPermissions, ROLE_NAMES, removeUser, revokePermissions, setRole } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration, type CommandOption } from '../../command.js';
import { operator } from '../../context.js';

const member: readonly CommandOption[] = [
  { flags: '--org <oid>', help: 'the organization', required: true },
  { flags: '--email <address>', help: 'the address of the user, or the uid', required: true },
];
const memberShape = { org: z.string(), email: z.string() };
const permissions: CommandOption = {
  flags: '--permission <name...>',
  help: 'a permission or family; may stand several times',
  required: true,
};
const granting = z.object({ ...memberShape, permission: z.array(z.string()).min(1) });

export const userRole = administration({
  words: ['user', 'role'],
  help: 'Gives a member a role, in place of all permissions the membership granted.',
  options: [...member, { flags: '--role <role>', help: 'the role', required: true, choices: ROLE_NAMES }],
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
  help: 'Grants a member permissions, beside those already granted.',
  options: [...member, permissions],
  input: granting,
  async run(context, { org: oid, email, permission }) {
    const changed = await grantPermissions(context, operator, { oid, email, permissions: permission });
    return changed.allowed ? allow(granted(oid, email, changed.value.permissions)) : changed;
  },
});

export const userTake = administration({
  words: ['user', 'take'],
  help: 'Takes permissions from a member. Groups and policies may still grant them.',
  options: [...member, permissions],
  input: granting,
  async run(context, { org: oid, email, permission }) {
    const changed = await revokePermissions(context, operator, { oid, email, permissions: permission });
    return changed.allowed ? allow(granted(oid, email, changed.value.permissions)) : changed;
  },
});

export const userRemove = administration({
  words: ['user', 'remove'],
  help: 'Ends a membership, at once. The last owner stays.',
  options: member,
  input: z.object(memberShape),
  async run(context, { org: oid, email }) {
    const removed = await removeUser(context, operator, { oid, email });
    if (!removed.allowed) return removed;
    const { uid, keys } = removed.value;
    return allow({
      json: { oid, uid, removed: true, keys: Object.fromEntries(keys.map(({ keyId, name }) => [keyId, name])) },
      lines: [
        `${email} is no member of ${oid}`,
        ...keys.map(({ keyId, name }) => `made there, and goes on: ${name} (${keyId})`),
      ],
    });
  },
});

function granted(oid: string, email: string, names: readonly string[]) {
  return { json: { oid, email, permissions: names }, lines: [`${email} in ${oid}: ${names.join(' ') || 'nothing'}`] };
}
