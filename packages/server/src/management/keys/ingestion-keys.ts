import { allow } from '@flairgate/core';
import {
  type AdministrationContext,
  createKey,
  type ListedKey,
  listKeys,
  revokeKey,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { withIdempotencyKey } from '../../route/idempotency-key.js';
import { nextCursor, nextCursorField, pageFields } from '../../route/page.js';
import { text } from '../../route/schema.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';
import { organizationParams } from '../route-parts.js';

const ingestionKeysPath = '/v1/insight/:oid/ingestion_keys';
const needsIngestionKeyControl = { kind: 'permissions', names: ['ingestkey.ctrl'] } as const;

/** Creates the routes for ingestion keys, which can only push data. */
export function ingestionKeyRoutes({ administration }: ServiceContext): readonly Route[] {
  return [
    listIngestionKeysRoute(administration),
    createIngestionKeyRoute(administration),
    revokeIngestionKeyRoute(administration),
  ];
}

function listIngestionKeysRoute(administration: AdministrationContext): Route {
  return defineRoute({
    method: 'GET',
    path: ingestionKeysPath,
    summary: 'List ingestion keys, masked unless the service stores them readable',
    needs: needsIngestionKeyControl,
    params: organizationParams,
    fields: z.object(pageFields),
    answer: z.object({ keys: z.record(z.string(), z.string()), ...nextCursorField }),
    async handle({ params: { oid }, fields, ...call }) {
      const listed = await listKeys(administration, actorOf(call), { oid, kind: 'ingestion', ...fields });
      if (!listed.allowed) return explainIssues(listed);
      const keys: Record<string, string> = Object.create(null);
      for (const { key } of listed.value.entries) keys[key.name] = shown(key, administration);
      return allow({ keys, ...nextCursor(listed.value) });
    },
  });
}

/**
 * Returns the text of an ingestion key in a list: the key itself, or its masked form. If `readableIngestionKeys` is
 * off, the masked form is returned even for a key that was stored in readable form.
 */
function shown(key: ListedKey['key'], { readableIngestionKeys, store }: AdministrationContext): string {
  if (!readableIngestionKeys || key.sealed === null) return key.masked ?? '';
  return store.material.open(key.sealed, `ingestion:${key.keyId}`).toString('utf8');
}

function createIngestionKeyRoute(administration: AdministrationContext): Route {
  return defineRoute({
    method: 'POST',
    path: ingestionKeysPath,
    summary: 'Create an ingestion key',
    needs: needsIngestionKeyControl,
    params: organizationParams,
    fields: z.object({ name: text() }),
    creates: true,
    answer: z.object({ name: z.string(), key: z.string() }),
    async handle({ params: { oid }, fields: { name }, ...call }) {
      const context = withIdempotencyKey(administration, {
        ...call,
        create: 'ingestion-key',
        params: { oid },
        fields: { name },
      });
      const created = await createKey(context, actorOf(call), { owner: { kind: 'ingestion', oid }, name });
      return created.allowed ? allow({ name: created.value.name, key: created.value.text }) : explainIssues(created);
    },
  });
}

function revokeIngestionKeyRoute(administration: AdministrationContext): Route {
  return defineRoute({
    method: 'DELETE',
    path: ingestionKeysPath,
    summary: 'Revoke an ingestion key',
    needs: needsIngestionKeyControl,
    params: organizationParams,
    fields: z.object({ name: text() }),
    answer: z.object({ success: z.literal(true) }),
    async handle({ params: { oid }, fields: { name }, ...call }) {
      const reference = { oid, kind: 'ingestion', name: name.normalize('NFC') } as const;
      const revoked = await revokeKey(administration, actorOf(call), reference);
      return revoked.allowed ? allow({ success: true as const }) : revoked;
    },
  });
}
