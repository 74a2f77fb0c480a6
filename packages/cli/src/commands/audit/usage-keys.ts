import type { KeyEntry, UsageEntry } from '@flairgate/client';
import { allow, type Outcome } from '@flairgate/core';
import {
  describeKey,
  listKeys,
  MAX_PAGE,
  type Paged,
  type PageInput,
  readOrganization,
  readUsage,
} from '@flairgate/core/administration';
import { DAY_MS } from '@flairgate/core/internal';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';
import { dayOf } from '../../table.js';
import { listAnswer } from '../list-answer.js';

export const usageKeys = administration({
  words: ['usage', 'keys'],
  help: 'List each key with the sums of its calls, and how many of its permissions it used.',
  options: [
    { flags: '--org <org>', help: 'organization: its id, or its name if only one has it', required: true },
    { flags: '--days <n>', help: 'number of days up to today, in UTC, 1 to 400 (default: 30)' },
    { flags: '--unused', help: 'only keys without a call in this time' },
  ],
  input: z.strictObject({
    org: z.string(),
    days: z.coerce.number().int('must be an integer').min(1).max(400).default(30),
    unused: z.boolean().default(false),
  }),
  async run(context, { org: oid, days, unused }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    const keys = await readAllPages((page) => listKeys(context, operator, { oid, ...page }));
    if (!keys.allowed) return keys;
    const from = firstDay(context.now(), days);
    const usage = await readAllPages((page) => readUsage(context, operator, { oid, from, ...page }));
    if (!usage.allowed) return usage;
    const entries = keys.value.map((listed) => [listed.key.keyId, describeKey(listed, context.catalogue)] as const);
    const used = usage.value.map(({ keyId, ...sums }) => ({ key_hash: keyId, ...sums }));
    return allow(sumAnswer(entries, used, { days, unused }));
  },
  async remote(client, { org: oid, days, unused }) {
    const keys = Object.entries(await client.organizationKeys.list(oid));
    const used: UsageEntry[] = [];
    for await (const entry of client.usage(oid, { from: firstDay(Date.now(), days) })) used.push(entry);
    return sumAnswer(keys, used, { days, unused });
  },
});

/** Reads all pages of a list. */
async function readAllPages<T>(
  readPage: (page: PageInput) => Promise<Outcome<Paged<T>>>,
): Promise<Outcome<readonly T[]>> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await readPage({ limit: MAX_PAGE, cursor });
    if (!page.allowed) return page;
    for (const entry of page.value.entries) all.push(entry);
    cursor = page.value.cursor;
  } while (cursor !== undefined);
  return allow(all);
}

function firstDay(now: number, days: number): string {
  return new Date(now - (days - 1) * DAY_MS).toISOString().slice(0, 10);
}

type Used = Pick<UsageEntry, 'key_hash' | 'calls' | 'denials' | 'limited' | 'permissions'>;

interface KeySums {
  readonly key_hash: string;
  readonly name: string;
  readonly calls: number;
  readonly denials: number;
  readonly limited: number;
  /** Permissions that the key has and its calls used. `unused` contains the permissions that its calls did not use. */
  readonly used: readonly string[];
  readonly unused: readonly string[];
  readonly last_used: number | null;
}

function sumAnswer(
  keys: readonly (readonly [string, KeyEntry])[],
  usage: readonly Used[],
  { days, unused }: { readonly days: number; readonly unused: boolean },
): Answer {
  const byKey = new Map<string, Used[]>(keys.map(([hash]) => [hash, []]));
  for (const entry of usage) byKey.get(entry.key_hash)?.push(entry);
  const sums = keys.map(([hash, key]) => sumOf(hash, key, byKey.get(hash) ?? []));
  const items = sums.filter(({ calls }) => !unused || calls === 0).sort((a, b) => b.calls - a.calls);
  return listAnswer(items, {
    columns: ['KEY', 'NAME', 'CALLS', 'DENIALS', 'LIMITED', 'PERMISSIONS USED', 'LAST USED'],
    row: (item) => [
      item.key_hash,
      item.name,
      `${item.calls}`,
      `${item.denials}`,
      `${item.limited}`,
      `${item.used.length} of ${item.used.length + item.unused.length}`,
      dayOf(item.last_used),
    ],
    empty: 'no keys',
    about: { days },
  });
}

function sumOf(hash: string, { name, priv, last_used }: KeyEntry, entries: readonly Used[]): KeySums {
  const add = (pick: (entry: Used) => number) => entries.reduce((sum, entry) => sum + pick(entry), 0);
  const names = new Set(entries.flatMap(({ permissions }) => Object.keys(permissions)));
  return {
    key_hash: hash,
    name,
    calls: add(({ calls }) => calls),
    denials: add(({ denials }) => denials),
    limited: add(({ limited }) => limited),
    used: priv.filter((permission) => names.has(permission)),
    unused: priv.filter((permission) => !names.has(permission)),
    last_used,
  };
}
