import { readFile } from 'node:fs/promises';
import { allow, denyIssues } from '@flairgate/core';
import { adoptResources } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { overview } from '../../help/overview.js';
import { guardedOptions, guardedType } from './guarded-type.js';

/** Number of ids per transaction. */
const BATCH = 1000;

export const adopt = administration({
  words: ['adopt'],
  help: overview.adopt,
  options: [
    ...guardedOptions('shared'),
    { flags: '--id <id...>', help: 'resource to adopt; can be repeated; without ids, every resource without an owner' },
    { flags: '--from-file <path>', help: 'file with ids, one per line' },
  ],
  input: z
    .object({ ...guardedType('shared'), id: z.array(z.string()).default([]), fromFile: z.string().optional() })
    .refine(({ id, fromFile, tenancy }) => tenancy === 'shared' || id.length > 0 || fromFile !== undefined, {
      message: 'with --tenancy routed give --id or --from-file: nothing else needs adoption there',
    }),
  async run(context, { org: oid, type, tenancy, id, fromFile }) {
    const given = { oid, type, tenancy };
    const lines = fromFile === undefined ? [] : (await readFile(fromFile, 'utf8')).split(/\r?\n/);
    const ids = [...new Set([...id, ...lines.filter((line) => line !== '')])];
    if (fromFile !== undefined && ids.length === 0)
      return denyIssues([{ field: 'from-file', message: 'must contain at least one id' }]);
    if (ids.length === 0) {
      const adopted = await adoptResources(context, operator, given);
      if (!adopted.allowed) return adopted;
      return allow({ json: { oid, type, ids: 'all' }, lines: [`every ${type} without an owner belongs to ${oid}`] });
    }
    let count = 0;
    for (let at = 0; at < ids.length; at += BATCH) {
      const adopted = await adoptResources(context, operator, { ...given, ids: ids.slice(at, at + BATCH) });
      if (!adopted.allowed) return adopted;
      count += adopted.value.adopted;
    }
    const before = ids.length - count;
    return allow({
      json: { oid, type, adopted: count, before },
      lines: [`${count} adopted by ${oid}, ${before} were its own before`],
    });
  },
});
