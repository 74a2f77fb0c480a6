import { allow } from '@flairgate/core';
import { describeKey, type KeyDescription, listKeys, readOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration, type OutputTable } from '../../command.js';
import { operator } from '../../context.js';
import { dayOf } from '../../table.js';

export const keyList = administration({
  words: ['key', 'list'],
  help: 'List the keys of an organization, without their secrets.',
  options: [{ flags: '--org <oid>', help: 'organization: its id, or its name if only one has it', required: true }],
  input: z.object({ org: z.string() }),
  async run(context, { org }) {
    const organization = await readOrganization(context, operator, { oid: org });
    if (!organization.allowed) return organization;
    const listed = await listKeys(context, operator, { oid: org });
    if (!listed.allowed) return listed;
    const items = listed.value.entries.map((one) => ({
      key_hash: one.key.keyId,
      ...describeKey(one, context.catalogue),
    }));
    return allow({ json: { items }, lines: [], table: tableOf(items, context.now()) });
  },
});

function tableOf(keys: readonly (KeyDescription & { readonly key_hash: string })[], now: number): OutputTable {
  return {
    columns: ['ID', 'NAME', 'STATUS', 'EXPIRES', 'LAST USED', 'PERMISSIONS'],
    rows: keys.map((key) => [
      key.key_hash,
      key.name,
      statusOf(key, now),
      dayOf(key.expires),
      dayOf(key.last_used),
      key.grants.join(' ') || '-',
    ]),
    empty: 'no keys',
  };
}

function statusOf({ disabled, expires, secrets }: KeyDescription, now: number): string {
  if (disabled) return 'disabled';
  if (expires !== null && expires * 1000 <= now) return 'expired';
  return secrets.length > 1 ? 'rotating' : 'active';
}
