import { allow } from '@flairgate/core';
import { joinUser } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

export const userJoin = administration({
  words: ['user', 'join'],
  help: 'Makes a user a member of an organization, or widens what the membership grants.',
  options: [
    { flags: '--uid <uid>', help: 'the user', required: true },
    { flags: '--org <oid>', help: 'the organization', required: true },
    { flags: '--permission <name...>', help: 'grants it; may stand several times' },
    { flags: '--role <role>', help: 'owner: grants every permission too', choices: ['member', 'owner'] },
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
