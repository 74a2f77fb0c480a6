import { allow } from '@flairgate/core';
import { revokeServiceKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

export const serviceRevoke = administration({
  words: ['service', 'revoke'],
  help: 'Revoke a service key, and every token it got for its callers.',
  options: [{ flags: '--hash <key_hash>', help: 'public id of the key, from a list', required: true }],
  input: z.strictObject({ hash: z.string() }),
  async run(context, { hash }) {
    const revoked = await revokeServiceKey(context, operator, { keyId: hash });
    if (!revoked.allowed) return revoked;
    const { keyId } = revoked.value;
    return allow({ json: { key_hash: keyId, revoked: true }, lines: [`key ${keyId} is revoked`] });
  },
});
