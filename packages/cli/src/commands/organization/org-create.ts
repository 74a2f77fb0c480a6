import { allow } from '@flairgate/core';
import { createOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';
import { assertAbsent } from '../../remote/remote-options.js';

export const orgCreate = administration({
  words: ['org', 'create'],
  help: 'Create an organization, and the database if there is none.',
  createsDatabase: true,
  options: [
    { flags: '--name <text>', help: 'name, for people', required: true },
    { flags: '--owner <email>', help: 'e-mail address of its owner; an unknown address creates the user' },
  ],
  input: z.strictObject({ name: z.string(), owner: z.string().optional() }),
  async run(context, { name, owner }) {
    const made = await createOrganization(context, operator, {
      name,
      ...(owner === undefined ? {} : { ownerEmail: owner }),
    });
    if (!made.allowed) return made;
    return allow(createdOrganizationAnswer(made.value));
  },
  async remote(client, { name, owner }) {
    assertAbsent({ owner }, ['owner']);
    return createdOrganizationAnswer({ oid: await client.organizations.create({ name }), name });
  },
});

function createdOrganizationAnswer({ oid, name }: { readonly oid: string; readonly name: string }): Answer {
  return { json: { oid, name }, lines: [`organization ${name}: ${oid}`] };
}
