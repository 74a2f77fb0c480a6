import { allow } from '@flairgate/core';
import { type ListedServiceKey, listServiceKeys } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { dayOf } from '../../table.js';
import { listAnswer } from '../list-answer.js';

export const serviceList = administration({
  words: ['service', 'list'],
  help: 'List service keys, without their secrets.',
  options: [],
  input: z.strictObject({}),
  async run(context) {
    const listed = await listServiceKeys(context, operator);
    if (!listed.allowed) return listed;
    return allow(
      listAnswer(listed.value, {
        columns: ['ID', 'NAME', 'EXPIRES', 'ORGANIZATIONS'],
        row: ({ keyId, name, organizations, expiresAt }) => [
          keyId,
          name,
          dayOf(expiresAt === null ? null : expiresAt / 1000),
          organizations === 'all' ? 'all organizations' : organizations.join(' '),
        ],
        json: (key) => ({ key_hash: key.keyId, ...serviceKeyToAnswer(key) }),
        empty: 'no services',
      }),
    );
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
