import type { UsageEntry } from '@flairgate/client';
import { allow } from '@flairgate/core';
import { type KeyUsage, readOrganization, readUsage } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';
import { firstOf } from '../../remote/remote-options.js';
import { listAnswer } from '../list-answer.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';

export const usageList = administration({
  words: ['usage', 'list'],
  help: 'List calls, refusals and used permissions by key and day, oldest day first.',
  options: [
    { flags: '--org <org>', help: 'organization: its id, or its name if only one has it', required: true },
    { flags: '--hash <key_hash>', help: 'public id of a key (default: all keys)' },
    { flags: '--first-day <day>', help: 'first day, for example 2026-11-01 (default: 30 days are listed)' },
    { flags: '--last-day <day>', help: 'last day, in UTC (default: today)' },
    ...pageOptions,
  ],
  input: z.strictObject({
    org: z.string(),
    hash: z.string().optional(),
    firstDay: z.string().optional(),
    lastDay: z.string().optional(),
    ...pageShape,
  }),
  async run(context, { org: oid, hash: keyId, firstDay: from, lastDay: to, ...page }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    const read = await readUsage(context, operator, { oid, keyId, from, to, ...page });
    if (!read.allowed) return read;
    return allow(usageAnswer(read.value.entries.map(itemOf), nextCursor(read.value)));
  },
  async remote(client, { org: oid, hash: keyHash, firstDay, lastDay, ...page }) {
    const entries: UsageEntry[] = [];
    const query = {
      ...(firstDay === undefined ? {} : { from: firstDay }),
      ...(lastDay === undefined ? {} : { to: lastDay }),
      ...(keyHash === undefined ? {} : { keyHash }),
    };
    for await (const entry of client.usage(oid, query)) entries.push(entry);
    return usageAnswer(firstOf(entries, page));
  },
});

function usageAnswer(entries: readonly UsageEntry[], more?: Readonly<Record<string, string>>): Answer {
  const columns = ['DAY', 'KEY', 'NAME', 'CALLS', 'DENIALS', 'LIMITED', 'PERMISSIONS'];
  return listAnswer(entries, { columns, row: usageRow, empty: 'no calls', more });
}

function itemOf({ keyId, ident, day, calls, denials, limited, permissions }: KeyUsage): UsageEntry {
  return { key_hash: keyId, ident: ident ?? null, day, calls, denials, limited, permissions };
}

function usageRow({
  key_hash: keyId,
  ident,
  day,
  calls,
  denials,
  limited,
  permissions,
}: UsageEntry): readonly string[] {
  return [day, keyId, ident ?? '-', `${calls}`, `${denials}`, `${limited}`, Object.keys(permissions).join(' ')];
}
