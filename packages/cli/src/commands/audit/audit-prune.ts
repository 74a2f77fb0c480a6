import { allow } from '@flairgate/core';
import { pruneAudit } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

export const auditPrune = administration({
  words: ['audit', 'prune'],
  help: 'Remove old entries of the audit. It can run while the service runs.',
  options: [
    { flags: '--older-than-days <n>', help: 'remove entries older than this number of days', required: true },
    { flags: '--org <org>', help: 'only of this organization' },
  ],
  input: z.strictObject({
    olderThanDays: z
      .string()
      .regex(/^\d{1,5}$/, 'must be an integer from 0 to 99999')
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
