import { allow } from '@flairgate/core';
import { type ListedServiceKey, listServiceKeys } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

export const serviceList = administration({
  words: ['service', 'list'],
  help: 'List service keys, without their secrets.',
  options: [],
  input: z.object({}),
  async run(context) {
    const listed = await listServiceKeys(context, operator);
    if (!listed.allowed) return listed;
    const entries = listed.value.map((key) => [key.keyId, describe(key)]);
    return allow({ json: { services: Object.fromEntries(entries) }, lines: linesOf(listed.value) });
  },
});

function describe({ name, organizations, mayExchange, createdAt, expiresAt }: ListedServiceKey) {
  return {
    name,
    organizations,
    may_exchange: Object.fromEntries(mayExchange.map(({ audience, permissions }) => [audience, permissions])),
    created: Math.floor(createdAt / 1000),
    expires: expiresAt === null ? null : Math.floor(expiresAt / 1000),
  };
}

function linesOf(keys: readonly ListedServiceKey[]): readonly string[] {
  if (keys.length === 0) return ['no services'];
  return keys.map(({ keyId, name, organizations }) => {
    const served = organizations === 'all' ? 'all organizations' : organizations.join(' ');
    return `${keyId}  ${name}  ${served}`;
  });
}
