import { type IdScope, TYPE_NAME } from '@flairgate/core/internal';
import { z } from 'zod';
import type { CommandOption } from '../../command.js';

/** Options of every command on resources behind a guard. */
export function guardedOptions(fallback: IdScope): readonly CommandOption[] {
  return [
    { flags: '--type <type>', help: 'type of the guard, for example rule', required: true },
    { flags: '--org <oid>', help: 'organization: its id, or its name if only one has it', required: true },
    { flags: '--tenancy <tenancy>', help: `tenancy of the guard (default ${fallback})`, choices: ['routed', 'shared'] },
  ];
}

/** Their shape. */
export function guardedType(fallback: IdScope) {
  return {
    type: z.string().regex(TYPE_NAME),
    org: z.string(),
    tenancy: z.enum(['routed', 'shared']).default(fallback),
  };
}
