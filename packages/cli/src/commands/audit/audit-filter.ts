import type { AuditFilter as RemoteFilter } from '@flairgate/client';
import type { AuditFilter } from '@flairgate/core/administration';
import { z } from 'zod';
import type { CommandOption } from '../../command.js';
import { pastInstant } from '../../instant.js';
import { toSeconds } from '../../remote/remote-options.js';

/** Options that select audit entries. */
export const filterOptions: readonly CommandOption[] = [
  { flags: '--actor <identity>', help: 'identity of the actor; - for the command line' },
  { flags: '--hash <key_hash>', help: 'public id of a key: what was done to it, and what it did' },
  { flags: '--action <action>', help: 'action, for example key.create' },
  { flags: '--outcome <outcome>', help: 'outcome of the action', choices: ['done', 'not-done', 'refused'] },
  { flags: '--since <time>', help: 'earliest time: 2026-11-01T00:00:00Z, a Unix time, or 7d for seven days ago' },
  { flags: '--until <time>', help: 'latest time, in the same forms' },
];

/** Schema members for `filterOptions`. */
export const filterShape = {
  actor: z.string().optional(),
  hash: z.string().optional(),
  action: z.string().optional(),
  outcome: z.enum(['done', 'not-done', 'refused']).optional(),
  since: pastInstant.optional(),
  until: pastInstant.optional(),
};

type FilterOptions = z.output<z.ZodObject<typeof filterShape>>;

export function toFilter({ actor, hash: keyId, action, outcome, since: from, until: to }: FilterOptions): AuditFilter {
  return { actor, keyId, action, outcome, from, to };
}

/** Converts the options to the client's audit filter. */
export function toRemoteFilter(given: FilterOptions): RemoteFilter {
  const { actor, keyId: keyHash, action, outcome, from, to } = toFilter(given);
  const texts = Object.entries({ actor, keyHash, action, outcome });
  const times = Object.entries({ from, to }).map(([name, at]) => [name, at && toSeconds(at)]);
  return Object.fromEntries([...texts, ...times].filter(([, value]) => value !== undefined));
}
