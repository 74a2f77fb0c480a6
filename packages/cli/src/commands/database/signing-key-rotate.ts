import { allow } from '@flairgate/core';
import { openSigningRing } from '@flairgate/core/tokens';
import { z } from 'zod';
import { administration } from '../../command.js';

export const signingKeyRotate = administration({
  words: ['signing-key', 'rotate'],
  help: 'Publish a new signing key, which signs tokens 15 minutes later. Tokens that exist stay valid.',
  options: [],
  input: z.strictObject({}),
  async run({ store, now }) {
    const ring = await openSigningRing({ store, material: store.material, clock: now });
    const rotated = await ring.rotate();
    if (!rotated.allowed) return rotated;
    const { kid, activeFrom } = rotated.value;
    return allow({
      json: { kid, active_from: Math.ceil(activeFrom / 1000) },
      lines: [`signing key ${kid} is published and signs from ${new Date(activeFrom).toISOString()}`],
    });
  },
});
