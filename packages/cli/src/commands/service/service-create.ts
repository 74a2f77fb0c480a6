import { allow } from '@flairgate/core';
import { createServiceKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { instant } from '../../instant.js';

/**
 * Schema of a text with an audience and the permissions that tokens for this audience may contain, such as
 * `sensors=dr.list,sensor.*`.
 */
const exchangeText = z
  .string()
  .regex(/^[^=]+=[^=]*$/, { error: 'must be AUDIENCE=PERMISSION,PERMISSION' })
  .transform((text) => {
    const [audience = '', list = ''] = text.split('=');
    return { audience, permissions: list.split(',').filter((name) => name !== '') };
  });

const serviceCreateInput = z
  .strictObject({
    name: z.string(),
    org: z.array(z.string()).optional(),
    allOrgs: z.boolean().optional(),
    mayExchange: z.array(exchangeText).default([]),
    format: z.enum(['fg', 'uuid']).default('fg'),
    description: z.string().optional(),
    expires: instant.optional(),
    range: z.array(z.string()).default([]),
  })
  .refine(({ org, allOrgs }) => (org === undefined) !== (allOrgs !== true), {
    message: 'give either --org for each organization, or --all-orgs',
  });

export const serviceCreate = administration({
  words: ['service', 'create'],
  help: 'Create a service key and show it once.',
  options: [
    { flags: '--name <text>', help: 'name of the service', required: true },
    { flags: '--org <org...>', help: 'organization it serves; can be repeated' },
    { flags: '--all-orgs', help: 'serve all organizations' },
    {
      flags: '--may-exchange <grant...>',
      help: 'AUDIENCE=PERMISSION,PERMISSION: a service it can call on behalf of its callers; can be repeated',
    },
    { flags: '--format <format>', help: 'format of the key (default: fg)', choices: ['fg', 'uuid'] },
    { flags: '--description <text>', help: 'purpose of the key' },
    { flags: '--expires <time>', help: 'expiry: 30d, 2030-01-31T00:00:00Z or a Unix time' },
    { flags: '--range <cidr...>', help: 'address range the key can be used from; can be repeated' },
  ],
  input: serviceCreateInput,
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
        'Copy it now: it is shown once and stored nowhere. If it is lost, create another.',
      ],
    });
  },
});
