import { allow } from '@flairgate/core';
import { grantPermissions, ROLE_NAMES, removeUser, revokePermissions, setRole } from '@flairgate/core/administration';
import { z } from 'zod';
import { type AdministrationCommand, type Answer, administration, type CommandOption } from '../../command.js';
import { operator } from '../../context.js';

const member: readonly CommandOption[] = [
  { flags: '--org <org>', help: 'organization: its id, or its name if only one has it', required: true },
  { flags: '--user <user>', help: 'user: e-mail address or uid', required: true },
];
const memberShape = { org: z.string(), user: z.string() };
const permissions: CommandOption = {
  flags: '--permission <name...>',
  help: 'permission or family; can be repeated',
  required: true,
};
const granting = z.strictObject({ ...memberShape, permission: z.array(z.string()).min(1) });

export const userRole = administration({
  words: ['user', 'role'],
  help: 'Replace all permissions of a member by a role.',
  options: [...member, { flags: '--role <role>', help: 'role', required: true, choices: ROLE_NAMES }],
  input: z.strictObject({ ...memberShape, role: z.enum(ROLE_NAMES) }),
  async run(context, { org: oid, user: email, role }) {
    const given = await setRole(context, operator, { oid, email, role });
    if (!given.allowed) return given;
    return allow(roleAnswer(oid, email, role, given.value.permissions));
  },
  async remote(client, { org: oid, user: email, role }) {
    const { permissions: granted } = await client.users.setRole(oid, email, role);
    return roleAnswer(oid, email, role, granted);
  },
});

export const userGrant = permissionCommand('grant', 'Grant a member further permissions.', grantPermissions);

export const userTake = permissionCommand(
  'take',
  'Revoke permissions of a member. Groups and policies can still grant them.',
  revokePermissions,
);

/** Creates a command that changes the permissions of a member. */
function permissionCommand(
  verb: 'grant' | 'take',
  help: string,
  change: typeof grantPermissions | typeof revokePermissions,
): AdministrationCommand {
  return administration({
    words: ['user', verb],
    help,
    options: [...member, permissions],
    input: granting,
    async run(context, { org: oid, user: email, permission }) {
      const changed = await change(context, operator, { oid, email, permissions: permission });
      return changed.allowed ? allow(grantedAnswer(oid, email, changed.value.permissions)) : changed;
    },
    async remote({ users }, { org: oid, user: email, permission }) {
      return grantedAnswer(oid, email, (await users[verb](oid, email, permission)).permissions);
    },
  });
}

export const userRemove = administration({
  words: ['user', 'remove'],
  help: 'Remove a member. The last owner cannot be removed.',
  options: member,
  input: z.strictObject(memberShape),
  async run(context, { org: oid, user: email }) {
    const removed = await removeUser(context, operator, { oid, email });
    if (!removed.allowed) return removed;
    const { uid, keys } = removed.value;
    return allow(removedAnswer(oid, email, Object.fromEntries(keys.map(({ keyId, name }) => [keyId, name])), { uid }));
  },
  async remote(client, { org: oid, user: email }) {
    const { keys = {} } = await client.users.remove(oid, email);
    return removedAnswer(oid, email, keys);
  },
});

function roleAnswer(oid: string, email: string, role: string, granted: readonly string[]): Answer {
  return {
    json: { oid, email, role, permissions: granted },
    lines: [`${email} is ${role} of ${oid} with ${granted.length} permissions`],
  };
}

function grantedAnswer(oid: string, email: string, names: readonly string[]): Answer {
  return { json: { oid, email, permissions: names }, lines: [`${email} in ${oid}: ${names.join(' ') || 'nothing'}`] };
}

function removedAnswer(
  oid: string,
  email: string,
  keys: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Answer {
  return {
    json: { oid, ...more, removed: true, keys },
    lines: [
      `${email} is no longer a member of ${oid}`,
      ...Object.entries(keys).map(([keyId, name]) => `created there and still valid: ${name} (${keyId})`),
    ],
  };
}
