import { allow, revokeKey } from '@flairgate/core';
import { z } from 'zod';
import { administration } from '../command.js';
import { operator } from '../context.js';

export const keyRevoke = administration({
  words: ['key', 'revoke'],
  help: 'Ends a key, at once and for good.',
  options: [
    { flags: '--org <oid>', help: 'the organization of the key', required: true },
    { flags: '--hash <key_hash>', help: 'the public id of the key, as lists show it', required: true },
  ],
  input: z.object({ org: z.string(), hash: z.string() }),
  async run(context, { org, hash }) {
    const revoked = await revokeKey(context, operator, { oid: org, keyId: hash });
    if (!revoked.allowed) return revoked;
    const { keyId } = revoked.value;
    return allow({ json: { key_hash: keyId, revoked: true }, lines: [`key ${keyId} is revoked`] });
  },
});
