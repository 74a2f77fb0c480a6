import { allow } from '@flairgate/core';
import { createServiceKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { instant } from '../../instant.js';

/** One audience and what may be taken along to it: `sensors=dr.list,sensor.*`. */
const exchange = z
  .string()
  .regex(/^[^=]+=[^=]*$/, { error: 'write AUDIENCE=PERMISSION,PERMISSION' })
  .transform((text) => {
    const [audience = '', list = ''] = text.split('=');
    return { audience, permissions: list.split(',').filter((name) => name !== '') };
  });

const input = z
  .object({
    name: z.string(),
    org: z.array(z.string()).optional(),
    allOrgs: z.boolean().optional(),
    mayExchange: z.array(exchange).default([]),
    format: z.enum(['fg', 'uuid']).default('fg'),
    description: z.string().optional(),
    expires: instant.optional(),
    range: z.array(z.string()).default([]),
  })
  .refine(({ org, allOrgs }) => (org === undefined) !== (allOrgs !== true), {
    message: 'give --org for each organization it serves, or --all-orgs, one of them',
  });

export const serviceCreate = administration({
  words: ['service', 'create'],
  help: 'Makes the key of a service without a database, and shows it, once.',
  options: [
    { flags: '--name <text>', help: 'the name of the service', required: true },
    { flags: '--org <oid...>', help: 'an organization it serves; may stand several times' },
    { flags: '--all-orgs', help: 'or all organizations' },
    { flags: '--may-exchange <audience=permissions...>', help: 'whom it may call for its callers, and with what' },
    { flags: '--format <format>', help: 'the text of the key; fg unless given', choices: ['fg', 'uuid'] },
    { flags: '--description <text>', help: 'what it is for' },
    { flags: '--expires <time>', help: 'when it ends: 2030-01-31T00:00:00Z or a unix time' },
    { flags: '--range <cidr...>', help: 'addresses it may be used from; may stand several times' },
  ],
  input,
  async run(context, { org, expires, description, range, allOrgs: _all, ...rest }) {
    const made = await createServiceKey(context, operator, {
      ...rest,
      organizations: org ?? 'all',
      ranges: range,
      ...(expires === undefined ? {} : { expiresAt: expires }),
      ...(description === undefined ? {} : { description }),
    });
    if (!made.allowed) return made;
    const { text, keyId, name } = made.value;
    return allow({
      json: { key: text, key_hash: keyId, name },
      lines: [
        `key of the service ${name} (${keyId}):`,
        text,
        'Keep it now: it is shown once and stored nowhere. If it is lost, make another.',
      ],
    });
  },
});
