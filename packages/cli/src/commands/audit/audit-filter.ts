import type { AuditFilter } from '@flairgate/core/administration';
import { z } from 'zod';
import type { CommandOption } from '../../command.js';
import { instant } from '../../instant.js';

/** Options that select entries of an audit. */
export const filterOptions: readonly CommandOption[] = [
  { flags: '--actor <identity>', help: 'identity of the actor; - for the command line' },
  { flags: '--hash <key_hash>', help: 'public id of a key: what was done to it, and what it did' },
  { flags: '--action <action>', help: 'action, for example key.create' },
  { flags: '--outcome <outcome>', help: 'outcome of the action', choices: ['done', 'not-done', 'refused'] },
  { flags: '--since <time>', help: 'earliest time, for example 2026-11-01T00:00:00Z' },
  { flags: '--until <time>', help: 'latest time' },
];

/** The members of `filterOptions`, for the schema of a command. */
export const filterShape = {
  actor: z.string().optional(),
  hash: z.string().optional(),
  action: z.string().optional(),
  outcome: z.enum(['done', 'not-done', 'refused']).optional(),
  since: instant.optional(),
  until: instant.optional(),
};

type Given = z.output<z.ZodObject<typeof filterShape>>;

export function toFilter({ actor, hash: keyId, action, outcome, since: from, until: to }: Given): AuditFilter {
  return { actor, keyId, action, outcome, from, to };
}
