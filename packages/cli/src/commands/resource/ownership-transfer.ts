import { allow } from '@flairgate/core';
import { transferLock } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { ownershipOptions, ownershipShape } from './guarded-type.js';

export const ownershipTransfer = administration({
  words: ['ownership', 'transfer'],
  help: 'Transfer the lock of a resource behind a guard to another key.',
  options: [
    ...ownershipOptions,
    { flags: '--id <id>', help: 'resource id', required: true },
    { flags: '--to <identity>', help: 'identity of the new holder', required: true },
  ],
  input: z.strictObject({ ...ownershipShape, id: z.string(), to: z.string() }),
  async run(context, { org: oid, type, tenancy, id, to }) {
    const moved = await transferLock(context, operator, { oid, type, tenancy, id, to });
    if (!moved.allowed) return moved;
    const { from } = moved.value;
    return allow({ json: { id, from, to }, lines: [`${id} is locked by ${to}, no longer by ${from}`] });
  },
});
