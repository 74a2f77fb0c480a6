import { allow } from '@flairgate/core';
import { revokeKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { isOneOwner, keyReference, keyReferenceOptions, keyReferenceShape, oneOwner } from './key-reference.js';

export const keyRevoke = administration({
  words: ['key', 'revoke'],
  help: 'Revoke a key permanently.',
  options: keyReferenceOptions,
  input: z.object(keyReferenceShape).refine(isOneOwner, oneOwner),
  async run(context, named) {
    const revoked = await revokeKey(context, operator, keyReference(named));
    if (!revoked.allowed) return revoked;
    const { keyId } = revoked.value;
    return allow({ json: { key_hash: keyId, revoked: true }, lines: [`key ${keyId} is revoked`] });
  },
});
