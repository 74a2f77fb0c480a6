import { allow, denyIssues, OptionError } from '@flairgate/core';
import { deleteOrganization, readOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';

export const orgDelete = administration({
  words: ['org', 'delete'],
  help: 'Delete an organization and everything in it. Its audit is kept.',
  options: [
    { flags: '--org <org>', help: 'organization: its id, or its name if only one has it', required: true },
    { flags: '--name <text>', help: 'its name, as a confirmation', required: true },
  ],
  input: z.strictObject({ org: z.string(), name: z.string() }),
  async run(context, { org: oid, name }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    if (organization.value.name !== name) return denyIssues([{ field: '--name', message: NOT_ITS_NAME }]);
    const deleted = await deleteOrganization(context, operator, { oid });
    return deleted.allowed ? allow(deletedOrganizationAnswer(oid, name)) : deleted;
  },
  async remote(client, { org: oid, name }) {
    const organization = await client.organizations.read(oid);
    if (organization.name !== name) throw new OptionError(`--name: ${NOT_ITS_NAME}`);
    await client.organizations.delete(oid);
    return deletedOrganizationAnswer(oid, name);
  },
});

const NOT_ITS_NAME = 'must be the name of the organization';

function deletedOrganizationAnswer(oid: string, name: string): Answer {
  return { json: { oid, deleted: true }, lines: [`organization ${name} is deleted`] };
}
