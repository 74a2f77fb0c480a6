import { allow } from '@flairgate/core';
import { createUser } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

export const userCreate = administration({
  words: ['user', 'create'],
  help: 'Create a user.',
  options: [
    { flags: '--email <address>', help: 'e-mail address of the user', required: true },
    {
      flags: '--type <type>',
      help: 'api for a program with one key (default: standard)',
      choices: ['standard', 'api'],
    },
  ],
  input: z.strictObject({ email: z.string(), type: z.enum(['standard', 'api']).optional() }),
  async run(context, { email, type = 'standard' }) {
    const made = await createUser(context, operator, { email, type });
    if (!made.allowed) return made;
    const { uid } = made.value;
    return allow({ json: { uid, email: made.value.email }, lines: [`user ${made.value.email}: ${uid}`] });
  },
});
