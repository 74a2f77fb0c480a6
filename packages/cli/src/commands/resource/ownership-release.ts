import { allow } from '@flairgate/core';
import { releaseLock } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { ownershipOptions, ownershipShape } from './guarded-type.js';

export const ownershipRelease = administration({
  words: ['ownership', 'release'],
  help: 'Release the lock of a resource behind a guard.',
  options: [...ownershipOptions, { flags: '--id <id>', help: 'resource id', required: true }],
  input: z.strictObject({ ...ownershipShape, id: z.string() }),
  async run(context, { org: oid, type, tenancy, id }) {
    const released = await releaseLock(context, operator, { oid, type, tenancy, id });
    if (!released.allowed) return released;
    const { from } = released.value;
    return allow({ json: { id, from, to: null }, lines: [`${id} is no longer locked by ${from}`] });
  },
});
