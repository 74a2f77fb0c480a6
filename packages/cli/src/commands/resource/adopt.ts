import { allow, denyIssues } from '@flairgate/core';
import { adoptResources } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { overview } from '../../help/overview.js';
import { readSource } from '../read-source.js';
import { guardedOptions, guardedShape, tenancy, tenancyOption } from './guarded-type.js';

/** Number of ids per transaction. */
const BATCH = 1000;

/**
 * Default for `--tenancy`. Behind a guard (access check of a router) with the tenancy `shared`, a resource that is
 * older than the guard is treated as missing until an organization adopts it. Behind a guard with the tenancy `routed`,
 * such a resource can be used without adoption.
 */
const DEFAULT_TENANCY = 'shared';

export const adopt = administration({
  words: ['adopt'],
  help: overview.adopt,
  options: [
    ...guardedOptions,
    { ...tenancyOption, help: `${tenancyOption.help} (default: ${DEFAULT_TENANCY})` },
    { flags: '--id <id...>', help: 'resource to adopt; can be repeated; without ids, every resource without an owner' },
    { flags: '--from-file <path>', help: 'file with ids, one per line; - for standard input' },
  ],
  input: z
    .strictObject({
      ...guardedShape,
      tenancy: tenancy.default(DEFAULT_TENANCY),
      id: z.array(z.string()).default([]),
      fromFile: z.string().optional(),
    })
    .refine(({ id, fromFile, tenancy: given }) => given === 'shared' || id.length > 0 || fromFile !== undefined, {
      message: 'give --id or --from-file with --tenancy routed; other resources need no adoption',
    }),
  async run(context, { org: oid, type, tenancy: idScope, id, fromFile }, io) {
    const given = { oid, type, tenancy: idScope };
    const lines = fromFile === undefined ? [] : (await readSource('--from-file', fromFile, io)).split(/\r?\n/);
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
