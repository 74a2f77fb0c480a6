import { allow, permissionPresets } from '@flairgate/core';
import { type CreateKeyInput, createKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { instant } from '../../instant.js';
import { keyAnswer } from './key-answer.js';

const presets: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(permissionPresets));
const presetNames = [...presets.keys()];

const input = z
  .object({
    org: z.string().optional(),
    user: z.string().optional(),
    name: z.string(),
    permission: z.array(z.string()).default([]),
    preset: z.array(z.enum(presetNames)).default([]),
    format: z.enum(['fg', 'uuid']).default('fg'),
    description: z.string().optional(),
    expires: instant.optional(),
    range: z.array(z.string()).default([]),
    honeytoken: z.boolean().default(false),
  })
  .refine(({ org, user }) => (org === undefined) !== (user === undefined), {
    message: 'give --org for an organization key or --user for a user key, one of them',
  });

export const keyCreate = administration({
  words: ['key', 'create'],
  help: 'Makes a key and shows it, once.',
  options: [
    { flags: '--org <oid>', help: 'the organization the key is for' },
    { flags: '--user <uid>', help: 'or the user: the key then has what the user has' },
    { flags: '--name <text>', help: "its name with its flairs, such as 'vendor[segment]'", required: true },
    { flags: '--permission <name...>', help: 'grants it; may stand several times' },
    { flags: '--preset <task...>', help: 'grants what a task needs; may stand several times', choices: presetNames },
    { flags: '--format <format>', help: 'the text of the key; fg unless given', choices: ['fg', 'uuid'] },
    { flags: '--description <text>', help: 'what it is for' },
    { flags: '--expires <time>', help: 'when it ends: 2030-01-31T00:00:00Z or a unix time' },
    { flags: '--range <cidr...>', help: 'addresses it may be used from; may stand several times' },
    { flags: '--honeytoken', help: 'tells, once, when anybody uses it: leave it where only a thief looks' },
  ],
  input,
  async run(context, options) {
    const made = await createKey(context, operator, inputOf(options));
    return made.allowed ? allow(keyAnswer(made.value)) : made;
  },
});

function inputOf({ org, user, expires, description, ...options }: z.output<typeof input>): CreateKeyInput {
  return {
    owner: user === undefined ? { kind: 'organization', oid: org ?? '' } : { kind: 'user', uid: user },
    name: options.name,
    permissions: [...options.permission, ...options.preset.flatMap((name) => presets.get(name) ?? [])],
    ranges: options.range,
    format: options.format,
    honeytoken: options.honeytoken,
    ...(expires === undefined ? {} : { expiresAt: expires }),
    ...(description === undefined ? {} : { description }),
  };
}
