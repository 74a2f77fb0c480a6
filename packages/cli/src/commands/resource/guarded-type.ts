import { type IdScope, TYPE_NAME } from '@flairgate/core/internal';
import { z } from 'zod';
import type { CommandOption } from '../../command.js';

/** Returns the options of every command on guarded resources (resources whose ownership Flairgate stores). */
export function guardedOptions(fallback: IdScope): readonly CommandOption[] {
  return [
    { flags: '--type <type>', help: 'type of the guard, for example rule', required: true },
    { flags: '--org <oid>', help: 'organization: its id, or its name if only one has it', required: true },
    { flags: '--tenancy <tenancy>', help: `tenancy of the guard (default ${fallback})`, choices: ['routed', 'shared'] },
  ];
}

/** Returns the schema members for `guardedOptions`. */
export function guardedType(fallback: IdScope) {
  return {
    type: z.string().regex(TYPE_NAME),
    org: z.string(),
    tenancy: z.enum(['routed', 'shared']).default(fallback),
  };
}
