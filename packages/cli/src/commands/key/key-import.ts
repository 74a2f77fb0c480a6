import { allow } from '@flairgate/core';
import { importKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { readSource } from '../read-source.js';

export const keyImport = administration({
  words: ['key', 'import'],
  help: "Import a user's key from its pbkdf2_sha256 hash of passlib or Django.",
  options: [
    { flags: '--user <uid>', help: 'user of the key', required: true },
    { flags: '--name <text>', help: "name with its flairs, for example 'vendor[segment]'", required: true },
    { flags: '--hash-file <file>', help: 'file with the hash; - for standard input', required: true },
  ],
  input: z.object({ user: z.string(), name: z.string(), hashFile: z.string() }),
  async run(context, { user: uid, name, hashFile }, io) {
    const hash = (await readSource('--hash-file', hashFile, io)).trim();
    const imported = await importKey(context, operator, { uid, name, hash });
    if (!imported.allowed) return imported;
    const { keyId } = imported.value;
    return allow({
      json: { key_hash: keyId, name, uid },
      lines: [
        `key ${name} (${keyId}) is imported`,
        'It is valid at the exchange, with uid, and everywhere after its first use there.',
      ],
    });
  },
});
