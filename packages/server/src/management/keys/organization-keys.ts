import { allow } from '@flairgate/core';
import { createKey, listKeys, revokeKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { withIdempotencyKey } from '../../route/idempotency-key.js';
import { pageFields } from '../../route/page.js';
import { commaText, flag, list, text, unixTime, whole } from '../../route/schema.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';
import { organizationParams } from '../route-parts.js';
import { keyList, keysToWire } from './key-entry.js';

const organizationKeysPath = '/v1/orgs/:oid/keys';
const needsKeyControl = { kind: 'permissions', names: ['apikey.ctrl'] } as const;

/** Maps core's field names to those of the HTTP API. Refusals contain the names of the HTTP API. */
const WIRE_NAMES = {
  name: 'key_name',
  permissions: 'perms',
  ranges: 'allowed_ip_range',
  sortBy: 'sort_by',
  unusedDays: 'unused_days',
};

/** Creates the routes for an organization's keys. */
export function organizationKeyRoutes(context: ServiceContext): readonly Route[] {
  return [listOrganizationKeysRoute(context), createOrganizationKeyRoute(context), revokeOrganizationKeyRoute(context)];
}

function listOrganizationKeysRoute({ administration, catalogue }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: organizationKeysPath,
    summary: 'List the keys of an organization',
    needs: needsKeyControl,
    params: organizationParams,
    fields: z.object({
      revoked: flag().optional().describe('true to list only revoked keys'),
      sort_by: z
        .enum(['created', 'expires', 'name'], { error: 'must be created, expires or name' })
        .optional()
        .describe('Order of the list, in pages; not with revoked. Without it, the order of the public ids'),
      sort_order: z.enum(['asc', 'desc'], { error: 'must be asc or desc' }).optional(),
      unused_days: whole()
        .optional()
        .describe('Only keys that were not used in the last this many days, 1 to 3650; those never used among them'),
      ...pageFields,
    }),
    answer: keyList,
    async handle({ params: { oid }, fields, ...call }) {
      const { revoked: isRevoked, unused_days: unusedDays, sort_by: sortBy, sort_order: order, ...page } = fields;
      const input = { oid, isRevoked, unusedDays, sortBy, descending: order === 'desc', ...page };
      const keys = await listKeys(administration, actorOf(call), input);
      return keys.allowed ? allow(keysToWire(keys.value, catalogue)) : explainIssues(keys, WIRE_NAMES);
    },
  });
}

function createOrganizationKeyRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: organizationKeysPath,
    summary: 'Create a key; only this answer contains its text',
    needs: needsKeyControl,
    params: organizationParams,
    fields: z.object({
      key_name: text().describe('Name with its flairs, for example vendor[segment]'),
      perms: list().default([]).describe('Permissions and families'),
      allowed_ip_range: commaText().default([]).describe('Address ranges separated by commas; without it, any address'),
      expires: unixTime().optional(),
      description: text().optional(),
    }),
    creates: true,
    answer: z.object({
      api_key: z.string(),
      key_hash: z.string(),
      continued: z
        .literal(true)
        .optional()
        .describe('Present if the key continues a revoked or expired key of the same name'),
    }),
    async handle({ params: { oid }, fields, ...call }) {
      const { key_name: name, perms: permissions, allowed_ip_range: ranges, expires, description } = fields;
      const context = withIdempotencyKey(administration, { ...call, create: 'key', params: { oid }, fields });
      const created = await createKey(context, actorOf(call), {
        owner: { kind: 'organization', oid },
        name,
        permissions,
        ranges,
        ...(expires === undefined ? {} : { expiresAt: expires * 1000 }),
        ...(description === undefined ? {} : { description }),
      });
      if (!created.allowed) return explainIssues(created, WIRE_NAMES);
      const { text: key, keyId, continued } = created.value;
      return allow({ api_key: key, key_hash: keyId, ...(continued ? { continued: true as const } : {}) });
    },
  });
}

function revokeOrganizationKeyRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'DELETE',
    path: organizationKeysPath,
    summary: 'Revoke a key, and every token exchanged for it',
    needs: needsKeyControl,
    params: organizationParams,
    fields: z.object({ key_hash: text().describe('Public id of the key') }),
    answer: z.object({ success: z.literal(true) }),
    async handle({ params: { oid }, fields: { key_hash: keyId }, ...call }) {
      const revoked = await revokeKey(administration, actorOf(call), { oid, keyId });
      return revoked.allowed ? allow({ success: true as const }) : revoked;
    },
  });
}
