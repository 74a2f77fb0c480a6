import { allow } from '@flairgate/core';
import { resolveIntent } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { ownershipOptions, ownershipShape } from './guarded-type.js';

export const ownershipResolve = administration({
  words: ['ownership', 'resolve'],
  help: 'Resolve an unfinished write behind a guard: the resource it created, or none.',
  options: [
    ...ownershipOptions,
    { flags: '--token <token>', help: 'token of the unfinished write, from ownership list', required: true },
    { flags: '--id <id>', help: 'resource it created; without it, none' },
  ],
  input: z.strictObject({ ...ownershipShape, token: z.string(), id: z.string().optional() }),
  async run(context, { org: oid, type, tenancy, token, id }) {
    const made = id === undefined ? {} : { id };
    const resolved = await resolveIntent(context, operator, { oid, type, tenancy, token, ...made });
    if (!resolved.allowed) return resolved;
    return allow({ json: { token, id: id ?? null }, lines: [`${token} made ${id ?? 'nothing'}`] });
  },
});
