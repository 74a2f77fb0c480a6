import { allow } from '@flairgate/core';
import { revokeKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';
import { isSelf, neededOrganization } from '../../remote/remote-options.js';
import { isOneOwner, keyReference, keyReferenceOptions, keyReferenceShape, oneOwner } from './key-reference.js';

export const keyRevoke = administration({
  words: ['key', 'revoke'],
  help: 'Revoke a key permanently.',
  options: keyReferenceOptions,
  input: z.strictObject(keyReferenceShape).refine(isOneOwner, oneOwner),
  async run(context, named) {
    const revoked = await revokeKey(context, operator, keyReference(named));
    if (!revoked.allowed) return revoked;
    return allow(revokedKeyAnswer(revoked.value.keyId));
  },
  async remote(client, { org, user, hash }) {
    if (isSelf(user)) await client.userKeys.revoke(hash);
    else await client.organizationKeys.revoke(neededOrganization(org), hash);
    return revokedKeyAnswer(hash);
  },
});

function revokedKeyAnswer(keyId: string): Answer {
  return { json: { key_hash: keyId, revoked: true }, lines: [`key ${keyId} is revoked`] };
}
