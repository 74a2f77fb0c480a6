import type { KeyEntry } from '@flairgate/client';
import { allow, type Outcome } from '@flairgate/core';
import {
  type AdministrationContext,
  describeKey,
  type ListedKey,
  listKeys,
  listUserKeys,
  readOrganization,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';
import { isSelf, neededOrganization } from '../../remote/remote-options.js';
import { dayOf } from '../../table.js';
import { listAnswer } from '../list-answer.js';
import { keyUserOption, oneOwner } from './key-reference.js';

interface KeyOwner {
  readonly org?: string | undefined;
  readonly user?: string | undefined;
  readonly unusedDays?: number | undefined;
}

export const keyList = administration({
  words: ['key', 'list'],
  help: 'List the keys of an organization or of a user, without their secrets.',
  options: [
    { flags: '--org <org>', help: 'organization: its id, or its name if only one has it' },
    { ...keyUserOption, help: 'user: e-mail address or uid; with --url, `me`' },
    { flags: '--unused-days <n>', help: 'only keys of the organization not used in the last n days, 1 to 3650' },
  ],
  input: z
    .strictObject({ org: z.string().optional(), user: z.string().optional(), unusedDays: z.coerce.number().optional() })
    .refine(({ org, user }) => (org === undefined) !== (user === undefined), oneOwner)
    .refine(({ user, unusedDays }) => user === undefined || unusedDays === undefined, {
      message: 'give --unused-days with --org only',
    }),
  async run(context, owner) {
    const listed = await listedKeys(context, owner);
    if (!listed.allowed) return listed;
    const entries = listed.value.map((one) => ({ key_hash: one.key.keyId, ...describeKey(one, context.catalogue) }));
    return allow(keysAnswer(entries, context.now()));
  },
  async remote(client, { org, user, unusedDays }) {
    const entries = isSelf(user)
      ? await client.userKeys.list()
      : await client.organizationKeys.list(neededOrganization(org), { unusedDays });
    return keysAnswer(
      Object.entries(entries).map(([hash, entry]) => ({ key_hash: hash, ...entry })),
      Date.now(),
    );
  },
});

async function listedKeys(
  context: AdministrationContext,
  { org: oid = '', user: uid, unusedDays }: KeyOwner,
): Promise<Outcome<readonly ListedKey[]>> {
  if (uid !== undefined) return entriesOf(await listUserKeys(context, operator, { uid }));
  const organization = await readOrganization(context, operator, { oid });
  return organization.allowed ? entriesOf(await listKeys(context, operator, { oid, unusedDays })) : organization;
}

function entriesOf(listed: Outcome<{ readonly entries: readonly ListedKey[] }>): Outcome<readonly ListedKey[]> {
  return listed.allowed ? allow(listed.value.entries) : listed;
}

type Item = KeyEntry & { readonly key_hash: string };

function keysAnswer(keys: readonly Item[], now: number): Answer {
  return listAnswer(keys, {
    columns: ['ID', 'NAME', 'STATUS', 'EXPIRES', 'LAST USED', 'PERMISSIONS'],
    row: (key) => [
      key.key_hash,
      key.name,
      statusOf(key, now),
      dayOf(key.expires),
      dayOf(key.last_used),
      key.grants.join(' ') || '-',
    ],
    empty: 'no keys',
  });
}

function statusOf({ disabled, expires, secrets }: KeyEntry, now: number): string {
  if (disabled) return 'disabled';
  if (expires !== null && expires * 1000 <= now) return 'expired';
  return secrets.length > 1 ? 'rotating' : 'active';
}
