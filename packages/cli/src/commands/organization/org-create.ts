import { allow } from '@flairgate/core';
import { createOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

export const orgCreate = administration({
  words: ['org', 'create'],
  help: 'Makes an organization.',
  options: [
    { flags: '--name <text>', help: 'its name, for people', required: true },
    { flags: '--owner <email>', help: 'makes this user its owner, and the user where there is none' },
  ],
  input: z.object({ name: z.string(), owner: z.string().optional() }),
  async run(context, { name, owner }) {
    const made = await createOrganization(context, operator, {
      name,
      ...(owner === undefined ? {} : { ownerEmail: owner }),
    });
    if (!made.allowed) return made;
    const { oid } = made.value;
    return allow({ json: { oid, name: made.value.name }, lines: [`organization ${made.value.name}: ${oid}`] });
  },
});
