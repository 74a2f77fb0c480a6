import { allow } from '@flairgate/core';
import { listOwnership, readOrganization } from '@flairgate/core/administration';
import type { IntentRow, OwnershipRow } from '@flairgate/core/store';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { ownershipOptions, ownershipShape } from './guarded-type.js';

export const ownershipList = administration({
  words: ['ownership', 'list'],
  help: 'List the ownership of resources behind a guard, and unfinished writes.',
  options: [
    ...ownershipOptions,
    { flags: '--limit <n>', help: 'largest number of entries (default: 1000)' },
    { flags: '--cursor <cursor>', help: 'cursor of the previous page' },
  ],
  input: z.strictObject({ ...ownershipShape, limit: z.coerce.number().optional(), cursor: z.string().optional() }),
  async run(context, { org: oid, type, tenancy, limit, cursor }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    const listed = await listOwnership(context, operator, { oid, type, tenancy, limit, cursor });
    if (!listed.allowed) return listed;
    const { entries, intents, cursor: next } = listed.value;
    return allow({
      json: {
        items: entries.map(resource),
        unfinished: intents.map(unfinished),
        ...(next === undefined ? {} : { cursor: next }),
      },
      lines: [...entries.map(lineOf), ...intents.map((intent) => `unfinished ${intent.operation} ${intent.token}`)],
    });
  },
});

function resource({ id, createdBy, lockedBy, secretTo }: OwnershipRow) {
  return { id, created_by: createdBy, locked_by: lockedBy, secret: secretTo !== null };
}

function unfinished({ id, token, operation, identity, startedAt }: IntentRow) {
  return { id: id.startsWith('?') ? null : id, token, operation, identity, started_at: startedAt };
}

function lineOf({ id, createdBy, lockedBy, secretTo }: OwnershipRow): string {
  return `${id}  made by ${createdBy ?? '-'}  locked by ${lockedBy ?? '-'}${secretTo === null ? '' : '  secret'}`;
}
