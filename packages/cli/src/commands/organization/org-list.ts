import type { OrganizationEntry } from '@flairgate/client';
import { allow } from '@flairgate/core';
import { listOrganizations } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { firstOf } from '../../remote/remote-options.js';
import { dayOf } from '../../table.js';
import { listAnswer } from '../list-answer.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';

export const orgList = administration({
  words: ['org', 'list'],
  help: 'List every organization; with --url, those of the user of the key.',
  options: pageOptions,
  input: z.strictObject(pageShape),
  async run(context, page) {
    const listed = await listOrganizations(context, operator, page);
    if (!listed.allowed) return listed;
    const { entries } = listed.value;
    return allow(
      listAnswer(entries, {
        columns: ['ID', 'NAME', 'CREATED'],
        row: ({ oid, name, createdAt }) => [oid, name, dayOf(createdAt / 1000)],
        json: ({ oid, name, location: loc }) => ({ oid, name, loc }),
        empty: 'no organizations',
        more: nextCursor(listed.value),
      }),
    );
  },
  async remote(client, page) {
    const items: OrganizationEntry[] = [];
    for (let total = 1; items.length < total; ) {
      const listed = await client.organizations.list({ offset: items.length, limit: PAGE, sortBy: 'oid' });
      if (listed.orgs.length === 0) break;
      items.push(...listed.orgs);
      total = listed.total;
    }
    return listAnswer(firstOf(items, page), {
      columns: ['ID', 'NAME'],
      row: ({ oid, name }) => [oid, name],
      empty: 'no organizations',
    });
  },
});

/** Number of organizations per request. */
const PAGE = 200;
