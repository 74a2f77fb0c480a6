import { allow } from '@flairgate/core';
import { listUsers, readOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { firstOf } from '../../remote/remote-options.js';
import { listAnswer } from '../list-answer.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';

export const userList = administration({
  words: ['user', 'list'],
  help: 'List the members of an organization.',
  options: [
    { flags: '--org <org>', help: 'organization: its id, or its name if only one has it', required: true },
    ...pageOptions,
  ],
  input: z.strictObject({ org: z.string(), ...pageShape }),
  async run(context, { org: oid, ...page }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    const listed = await listUsers(context, operator, { oid, ...page });
    if (!listed.allowed) return listed;
    const { entries } = listed.value;
    const users = entries.map(({ uid, email, role, permissions }) => ({ uid, email, role, permissions }));
    return allow(
      listAnswer(users, {
        columns: ['ID', 'EMAIL', 'ROLE', 'PERMISSIONS'],
        row: ({ uid, email, role, permissions }) => [uid, email ?? '-', role, String(permissions.length)],
        empty: 'no users',
        more: nextCursor(listed.value),
      }),
    );
  },
  async remote(client, { org: oid, ...page }) {
    return listAnswer(firstOf(await client.users.members(oid), page), {
      columns: ['EMAIL', 'ROLE', 'ACCEPTED', 'PERMISSIONS'],
      row: ({ email, role, accepted, permissions }) => [
        email,
        role,
        accepted ? 'yes' : 'no',
        String(permissions.length),
      ],
      empty: 'no users',
    });
  },
});
