import { allow } from '@flairgate/core';
import { describeKey, type KeyChange, updateKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { expectedVersion } from '../../route/call-headers.js';
import { defineRoute, type Route } from '../../route/define-route.js';
import { denyFields, explainIssues } from '../../route/fields.js';
import { commaText, list, text, unixTime, uuid } from '../../route/schema.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';
import { keyEntry } from './key-entry.js';

/** Maps core's field names to those of the HTTP API. Refusals contain the names of the HTTP API. */
const WIRE_NAMES = { permissions: 'perms', ranges: 'allowed_ip_range' };

const changeFields = z.object({
  description: text().nullable().optional().describe('Empty or null removes it'),
  perms: list().optional().describe('Permissions and families, fewer than the key has'),
  allowed_ip_range: commaText().optional().describe('Address ranges separated by commas; empty for any address'),
  expires: unixTime().nullable().optional().describe('Unix time in seconds; 0 or null for never'),
});

function toChange({ description, perms, allowed_ip_range: ranges, expires }: z.output<typeof changeFields>): KeyChange {
  return {
    ...(description === undefined ? {} : { description }),
    ...(perms === undefined ? {} : { permissions: perms }),
    ...(ranges === undefined ? {} : { ranges }),
    ...(expires === undefined ? {} : { expiresAt: expires === null || expires === 0 ? null : expires * 1000 }),
  };
}

/** Creates the route that changes an organization's key. */
export function updateKeyRoute({ administration, catalogue }: ServiceContext): Route {
  return defineRoute({
    method: 'PATCH',
    path: '/v1/orgs/:oid/keys/:key_hash',
    summary: 'Change the description, permissions, address ranges or expiry of a key; needs If-Match',
    needs: { kind: 'permissions', names: ['apikey.ctrl'] },
    params: z.object({ oid: uuid(), key_hash: text() }),
    fields: changeFields,
    versioned: true,
    answer: keyEntry.extend({ key_hash: z.string() }),
    async handle({ params: { oid, key_hash: keyId }, fields, ...call }) {
      const version = expectedVersion(call.headers);
      if (version === undefined) {
        return denyFields([{ field: 'if_match', message: 'must be sent: the etag of the key in a list, in quotes' }]);
      }
      const input = { oid, keyId, version, ...toChange(fields) };
      const updated = await updateKey(administration, actorOf(call), input);
      if (!updated.allowed) return explainIssues(updated, WIRE_NAMES);
      return allow({ key_hash: keyId, ...describeKey(updated.value, catalogue) });
    },
  });
}
