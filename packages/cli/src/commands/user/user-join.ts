import { allow } from '@flairgate/core';
import { joinUser } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

export const userJoin = administration({
  words: ['user', 'join'],
  help: 'Add a user to an organization, or add permissions to a membership.',
  options: [
    { flags: '--uid <uid>', help: 'user id', required: true },
    { flags: '--org <oid>', help: 'organization: its id, or its name if only one has it', required: true },
    { flags: '--permission <name...>', help: 'permission to grant; can be repeated' },
    { flags: '--role <role>', help: 'role; owner also grants every permission', choices: ['member', 'owner'] },
  ],
  input: z
    .object({
      uid: z.string(),
      org: z.string(),
      permission: z.array(z.string()).default([]),
      role: z.enum(['member', 'owner']).optional(),
    })
    .refine(({ permission, role }) => permission.length > 0 || role !== undefined, {
      message: 'give at least one --permission, or --role owner',
    }),
  async run(context, { uid, org, permission, role }) {
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
});
