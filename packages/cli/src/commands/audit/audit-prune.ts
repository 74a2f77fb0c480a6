import { allow } from '@flairgate/core';
import { pruneAudit } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

export const auditPrune = administration({
  words: ['audit', 'prune'],
  help: 'Removes old entries of the audit, in small steps beside a running service. Nothing else removes one.',
  options: [
    { flags: '--older-than-days <n>', help: 'entries older than so many days', required: true },
    { flags: '--org <oid>', help: 'of this organization alone' },
  ],
  input: z.object({
    olderThanDays: z
      .string()
      .regex(/^\d{1,5}$/, 'write whole days')
      .transform(Number),
    org: z.string().optional(),
  }),
  async run(context, { olderThanDays, org: oid }) {
    const pruned = await pruneAudit(context, operator, { olderThanDays, oid });
    if (!pruned.allowed) return pruned;
    const { removed, before } = pruned.value;
    return allow({
      json: { removed, before: Math.floor(before / 1000) },
      lines: [`${removed} entries from before ${new Date(before).toISOString()} are removed`],
    });
  },
});
