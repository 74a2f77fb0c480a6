import { allow } from '@flairgate/core';
import { type ListedServiceKey, listServiceKeys } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration, type OutputTable } from '../../command.js';
import { operator } from '../../context.js';
import { dayOf } from '../../table.js';

export const serviceList = administration({
  words: ['service', 'list'],
  help: 'List service keys, without their secrets.',
  options: [],
  input: z.strictObject({}),
  async run(context) {
    const listed = await listServiceKeys(context, operator);
    if (!listed.allowed) return listed;
    const items = listed.value.map((key) => ({ key_hash: key.keyId, ...serviceKeyToAnswer(key) }));
    return allow({ json: { items }, lines: [], table: tableOf(listed.value) });
  },
});

function serviceKeyToAnswer({ name, organizations, mayExchange, createdAt, expiresAt }: ListedServiceKey) {
  return {
    name,
    organizations,
    may_exchange: Object.fromEntries(mayExchange.map(({ audience, permissions }) => [audience, permissions])),
    created: Math.floor(createdAt / 1000),
    expires: expiresAt === null ? null : Math.floor(expiresAt / 1000),
  };
}

function tableOf(keys: readonly ListedServiceKey[]): OutputTable {
  return {
    columns: ['ID', 'NAME', 'EXPIRES', 'ORGANIZATIONS'],
    rows: keys.map(({ keyId, name, organizations, expiresAt }) => [
      keyId,
      name,
      dayOf(expiresAt === null ? null : expiresAt / 1000),
      organizations === 'all' ? 'all organizations' : organizations.join(' '),
    ]),
    empty: 'no services',
  };
}
