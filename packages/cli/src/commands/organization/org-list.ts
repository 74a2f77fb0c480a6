import { allow } from '@flairgate/core';
import { listOrganizations } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { dayOf } from '../../table.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';

export const orgList = administration({
  words: ['org', 'list'],
  help: 'List every organization.',
  options: pageOptions,
  input: z.object(pageShape),
  async run(context, page) {
    const listed = await listOrganizations(context, operator, page);
    if (!listed.allowed) return listed;
    const { entries } = listed.value;
    return allow({
      json: { items: entries.map(({ oid, name, location: loc }) => ({ oid, name, loc })), ...nextCursor(listed.value) },
      lines: [],
      table: {
        columns: ['ID', 'NAME', 'CREATED'],
        rows: entries.map(({ oid, name, createdAt }) => [oid, name, dayOf(createdAt / 1000)]),
        empty: 'no organizations',
      },
    });
  },
});
