import { TYPE_NAME } from '@flairgate/core/internal';
import { z } from 'zod';
import type { CommandOption } from '../../command.js';

const TENANCIES = ['routed', 'shared'] as const;

/** Options that name an organization and a type of guarded resources (resources whose ownership Flairgate stores). */
export const guardedOptions: readonly CommandOption[] = [
  { flags: '--type <type>', help: 'type of the guard, for example rule', required: true },
  { flags: '--org <org>', help: 'organization: its id, or its name if only one has it', required: true },
];

/** Schema members for `guardedOptions`. */
export const guardedShape = { type: z.string().regex(TYPE_NAME), org: z.string() };

/**
 * The option `--tenancy`. With `routed`, the id of a resource is unique within one organization. With `shared`, the id
 * is unique across all organizations.
 */
export const tenancyOption: CommandOption = {
  flags: '--tenancy <tenancy>',
  help: 'tenancy of the guard',
  choices: TENANCIES,
};

/** Schema of `--tenancy`. */
export const tenancy: z.ZodType<(typeof TENANCIES)[number]> = z.enum(TENANCIES);

/** Options that name an organization, a type of guarded resources, and the tenancy of the guard that protects them. */
export const ownershipOptions: readonly CommandOption[] = [...guardedOptions, { ...tenancyOption, required: true }];

/** Schema members for `ownershipOptions`. */
export const ownershipShape = { ...guardedShape, tenancy };
