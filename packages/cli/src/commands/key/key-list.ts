import { allow } from '@flairgate/core';
import { describeKey, type ListedKey, listKeys, readOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

export const keyList = administration({
  words: ['key', 'list'],
  help: 'List the keys of an organization, without their secrets.',
  options: [{ flags: '--org <oid>', help: 'organization id', required: true }],
  input: z.object({ org: z.string() }),
  async run(context, { org }) {
    const organization = await readOrganization(context, operator, { oid: org });
    if (!organization.allowed) return organization;
    const listed = await listKeys(context, operator, { oid: org });
    if (!listed.allowed) return listed;
    const entries = listed.value.entries.map((one) => [one.key.keyId, describeKey(one, context.catalogue)]);
    return allow({ json: { api_keys: Object.fromEntries(entries) }, lines: linesOf(listed.value.entries) });
  },
});

function linesOf(keys: readonly ListedKey[]): readonly string[] {
  if (keys.length === 0) return ['no keys'];
  return keys.map(({ key }) => `${key.keyId}  ${key.name}  ${key.permissions.join(' ')}`);
}
