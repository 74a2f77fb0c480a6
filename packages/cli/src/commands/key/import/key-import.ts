import { OptionError } from '@flairgate/core';
import { z } from 'zod';
import { administration, type ProcessIo, userOption } from '../../../command.js';
import { instant } from '../../../instant.js';
import { readSource } from '../../read-source.js';
import { importLines } from './import-lines.js';
import { importOne } from './import-one.js';

const input = z
  .strictObject({
    org: z.string().optional(),
    user: z.string().optional(),
    name: z.string().optional(),
    textFile: z.string().optional(),
    hashFile: z.string().optional(),
    lines: z.string().optional(),
    hmacKeyFile: z.string().optional(),
    permission: z.array(z.string()).default([]),
    range: z.array(z.string()).default([]),
    expires: instant.optional(),
    description: z.string().optional(),
    dryRun: z.boolean().default(false),
  })
  .refine(isOneKey, { message: 'give --name with one of --text-file and --hash-file, or --lines alone' })
  .refine(({ textFile, hmacKeyFile }) => textFile === undefined || hmacKeyFile === undefined, {
    message: '--hmac-key-file goes with --hash-file or --lines',
  })
  .refine(hasOwner, { message: 'give exactly one of --org and --user' });

interface UncheckedOptions {
  readonly [option: string]: unknown;
}

function isOneKey({
  lines,
  name,
  textFile,
  hashFile,
  permission,
  range,
  expires,
  description,
}: UncheckedOptions): boolean {
  if ([lines, textFile, hashFile].filter(isGiven).length !== 1) return false;
  if (lines === undefined) return name !== undefined;
  const more = [...[permission, range].flat(), name, expires, description];
  return !more.some(isGiven);
}

function hasOwner({ lines, org, user }: UncheckedOptions): boolean {
  const owners = [org, user].filter(isGiven).length;
  return owners === 1 || (owners === 0 && lines !== undefined);
}

type ImportOptions = z.output<typeof input>;

function isGiven(value: unknown): boolean {
  return value !== undefined;
}

export const keyImport = administration({
  words: ['key', 'import'],
  help: 'Import keys of another system: their texts, or hashes of passlib, Django, bcrypt, argon2 and SHA-256.',
  options: [
    { flags: '--lines <file>', help: 'file with many keys, one JSON object on each line; - for standard input' },
    { flags: '--org <org>', help: 'organization of the key' },
    { flags: '--dry-run', help: 'check everything and change nothing' },
    { ...userOption, help: 'user of the key: e-mail address or uid' },
    { flags: '--name <text>', help: "name with its flairs, for example 'vendor[segment]'" },
    { flags: '--text-file <file>', help: 'file with the key; - for standard input' },
    { flags: '--hash-file <file>', help: 'file with a hash of the key; - for standard input' },
    { flags: '--hmac-key-file <file>', help: 'file with the key of the HMAC that the digests are of' },
    { flags: '--permission <name...>', help: 'permission to grant to a key of an organization; can be repeated' },
    { flags: '--range <cidr...>', help: 'address range the key can be used from; can be repeated' },
    { flags: '--expires <time>', help: 'expiry: 30d, 2030-01-31T00:00:00Z or a Unix time' },
    { flags: '--description <text>', help: 'purpose of the key' },
  ],
  input,
  async run(context, options, io) {
    const hmacKey = await readHmacKey(options, io);
    const hmac = hmacKey === undefined ? {} : { hmacKey };
    return options.lines === undefined
      ? importOne(context, { ...options, ...hmac }, io)
      : importLines(context, { ...options, ...hmac, lines: options.lines }, io);
  },
});

/** Reads the HMAC key from its file. Removes a line break at the end, and changes nothing else. */
async function readHmacKey({ hmacKeyFile, lines, textFile, hashFile }: ImportOptions, io: ProcessIo) {
  if (hmacKeyFile === undefined) return undefined;
  if (hmacKeyFile === '-' && [lines, textFile, hashFile].includes('-')) {
    throw new OptionError('--hmac-key-file: must be a file, because standard input has the keys');
  }
  return Buffer.from((await readSource('--hmac-key-file', hmacKeyFile, io)).replace(/\r?\n$/, ''), 'utf8');
}
