import { allow } from '@flairgate/core';
import { resolveIntent } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { guardedOptions, guardedType } from './guarded-type.js';

export const ownershipResolve = administration({
  words: ['ownership', 'resolve'],
  help: 'Says what an unfinished write behind a guard has made, or that it made nothing.',
  options: [
    ...guardedOptions('routed'),
    { flags: '--token <token>', help: 'the unfinished write, as ownership list shows it', required: true },
    { flags: '--id <id>', help: 'the resource it made; left out, none' },
  ],
  input: z.object({ ...guardedType('routed'), token: z.string(), id: z.string().optional() }),
  async run(context, { org: oid, type, tenancy, token, id }) {
    const made = id === undefined ? {} : { id };
    const resolved = await resolveIntent(context, operator, { oid, type, tenancy, token, ...made });
    if (!resolved.allowed) return resolved;
    return allow({ json: { token, id: id ?? null }, lines: [`${token} made ${id ?? 'nothing'}`] });
  },
});
