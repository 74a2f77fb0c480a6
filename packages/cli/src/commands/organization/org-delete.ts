import { allow, denyIssues } from '@flairgate/core';
import { deleteOrganization, readOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

export const orgDelete = administration({
  words: ['org', 'delete'],
  help: 'Deletes an organization with its keys, API users, memberships, policies and ownership. Its audit stays.',
  options: [
    { flags: '--org <oid>', help: 'the organization', required: true },
    { flags: '--name <text>', help: 'its name again, so that no other one is meant', required: true },
  ],
  input: z.object({ org: z.string(), name: z.string() }),
  async run(context, { org: oid, name }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    if (organization.value.name !== name) return denyIssues([{ field: '--name', message: 'it has another name' }]);
    const deleted = await deleteOrganization(context, operator, { oid });
    return deleted.allowed
      ? allow({ json: { oid, deleted: true }, lines: [`organization ${name} is deleted`] })
      : deleted;
  },
});
