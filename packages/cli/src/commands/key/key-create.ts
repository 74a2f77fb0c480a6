import { allow, permissionPresets } from '@flairgate/core';
import { type CreateKeyInput, createKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration, type ProcessIo } from '../../command.js';
import { operator } from '../../context.js';
import { instant } from '../../instant.js';
import { assertAbsent, isSelf, neededOrganization, toSeconds } from '../../remote/remote-options.js';
import { keyAnswer } from './key-answer.js';
import { keyUserOption } from './key-reference.js';

const presets: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(permissionPresets));
const presetNames = [...presets.keys()];

const keyCreateInput = z
  .strictObject({
    org: z.string().optional(),
    user: z.string().optional(),
    name: z.string(),
    permission: z.array(z.string()).default([]),
    preset: z.array(z.enum(presetNames)).default([]),
    format: z.enum(['fg', 'uuid']).optional(),
    description: z.string().optional(),
    expires: instant.optional(),
    range: z.array(z.string()).default([]),
    honeytoken: z.boolean().default(false),
  })
  .refine(({ org, user }) => (org === undefined) !== (user === undefined), {
    message: 'give exactly one of --org and --user',
  });

export const keyCreate = administration({
  words: ['key', 'create'],
  help: 'Create a key and show it once.',
  options: [
    { flags: '--org <org>', help: 'organization of the key' },
    { ...keyUserOption, help: `${keyUserOption.help}; the key then has the access of the user` },
    { flags: '--name <text>', help: "name with its flairs, for example 'vendor[segment]'", required: true },
    { flags: '--permission <name...>', help: 'permission to grant; can be repeated' },
    { flags: '--preset <task...>', help: 'task whose permissions to grant; can be repeated', choices: presetNames },
    {
      flags: '--format <format>',
      help: 'format of the key (default: FLAIRGATE_KEY_FORMAT, then fg)',
      choices: ['fg', 'uuid'],
    },
    { flags: '--description <text>', help: 'purpose of the key' },
    { flags: '--expires <time>', help: 'expiry: 30d, 2030-01-31T00:00:00Z or a Unix time' },
    { flags: '--range <cidr...>', help: 'address range the key can be used from; can be repeated' },
    { flags: '--honeytoken', help: 'report the first use of the key; place it where only a thief finds it' },
  ],
  input: keyCreateInput,
  async run(context, options, { note }) {
    const made = await createKey(context, operator, inputOf(options));
    if (!made.allowed) return made;
    noteIfPowerless(options, note);
    return allow(keyAnswer(made.value));
  },
  async remote(client, options, { note }) {
    const { org, user, name, expires, description } = options;
    assertAbsent(options, ['format', 'honeytoken']);
    if (isSelf(user)) {
      assertAbsent(options, ['permission', 'preset', 'range', 'expires', 'description']);
      const own = await client.userKeys.create({ name });
      return keyAnswer({ text: own.api_key, keyId: own.key_hash, name });
    }
    const oid = neededOrganization(org);
    const made = await client.organizationKeys.create(oid, {
      name,
      permissions: permissionsOf(options),
      ranges: options.range,
      ...(expires === undefined ? {} : { expires: toSeconds(expires) }),
      ...(description === undefined ? {} : { description }),
    });
    noteIfPowerless(options, note);
    return keyAnswer({ text: made.api_key, keyId: made.key_hash, name, oid });
  },
});

type KeyCreateOptions = z.output<typeof keyCreateInput>;

function noteIfPowerless(options: KeyCreateOptions, note: ProcessIo['note']): void {
  if (options.org === undefined || permissionsOf(options).length > 0) return;
  note('The key has no permissions, so it is refused everywhere; create one with --permission.');
}

function permissionsOf({ permission, preset }: KeyCreateOptions): readonly string[] {
  return [...permission, ...preset.flatMap((name) => presets.get(name) ?? [])];
}

function inputOf({ org, user, expires, description, ...options }: KeyCreateOptions): CreateKeyInput {
  return {
    owner: user === undefined ? { kind: 'organization', oid: org ?? '' } : { kind: 'user', uid: user },
    name: options.name,
    permissions: permissionsOf(options),
    ranges: options.range,
    ...(options.format === undefined ? {} : { format: options.format }),
    honeytoken: options.honeytoken,
    ...(expires === undefined ? {} : { expiresAt: expires }),
    ...(description === undefined ? {} : { description }),
  };
}
