import { allow } from '@flairgate/core';
import { joinUser } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration, userOption } from '../../command.js';
import { operator } from '../../context.js';

export const userJoin = administration({
  words: ['user', 'join'],
  help: 'Add a user to an organization, or add permissions to a membership; with --url, invite the user.',
  options: [
    { ...userOption, required: true },
    { flags: '--org <org>', help: 'organization: its id, or its name if only one has it', required: true },
    { flags: '--permission <name...>', help: 'permission to grant; can be repeated' },
    { flags: '--role <role>', help: 'role; owner also grants every permission', choices: ['member', 'owner'] },
  ],
  input: z
    .strictObject({
      user: z.string(),
      org: z.string(),
      permission: z.array(z.string()).default([]),
      role: z.enum(['member', 'owner']).optional(),
    })
    .refine(({ permission, role }) => permission.length > 0 || role !== undefined, {
      message: 'give at least one --permission, or --role owner',
    }),
  async run(context, { user: uid, org, permission, role }) {
    const joined = await joinUser(context, operator, {
      uid,
      oid: org,
      permissions: permission,
      ...(role === undefined ? {} : { role }),
    });
    if (!joined.allowed) return joined;
    const { oid, permissions } = joined.value;
    return allow({
      json: { uid: joined.value.uid, oid, permissions, role: joined.value.role },
      lines: [`user ${uid} is ${joined.value.role} of ${oid} with ${permissions.length} permissions`],
    });
  },
  async remote(client, { user: email, org: oid, permission, role }) {
    await client.users.invite(oid, email);
    const isOwner = role === 'owner';
    const granted = isOwner
      ? await client.users.setRole(oid, email, 'Owner')
      : permission.length > 0
        ? await client.users.grant(oid, email, permission)
        : { permissions: [] };
    const { permissions } = granted;
    return {
      json: { email, oid, permissions, role: isOwner ? 'owner' : 'member' },
      lines: [
        `user ${email} is invited to ${oid} with ${permissions.length} permissions`,
        'They count when the user accepts the organization.',
      ],
    };
  },
});
