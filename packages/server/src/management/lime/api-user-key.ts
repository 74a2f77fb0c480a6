import { allow } from '@flairgate/core';
import { replaceApiUserKey, revokeApiUserKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { expectedVersion } from '../../route/call-headers.js';
import { defineRoute, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { withIdempotencyKey } from '../../route/idempotency-key.js';
import { text } from '../../route/schema.js';
import { succeeded, success } from '../../route/success.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';
import { apiUserParams, needsUserControl } from '../route-parts.js';

const apiUserKeyPath = '/v1/orgs/:oid/api_users/:uid/key';

/** Creates the routes for the key of an API user. An API user has only one key. */
export function apiUserKeyRoutes({ administration }: ServiceContext): readonly Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: apiUserKeyPath,
      summary: 'Create the key of an API user and revoke the old one; only this answer contains its text',
      needs: needsUserControl,
      params: apiUserParams,
      fields: z.object({ key_name: text().optional().describe("Name with its flairs; default: the user's name") }),
      versioned: true,
      creates: true,
      replaces: true,
      answer: z.object({ api_key: z.string(), key_hash: z.string() }),
      async handle({ params: reference, fields, ...call }) {
        const context = withIdempotencyKey(administration, {
          ...call,
          create: 'api-user-key',
          params: reference,
          fields,
        });
        const input = { ...reference, name: fields.key_name, version: expectedVersion(call.headers) };
        const created = await replaceApiUserKey(context, actorOf(call), input);
        if (!created.allowed) return explainIssues(created, { name: 'key_name' });
        return allow({ api_key: created.value.text, key_hash: created.value.keyId });
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: apiUserKeyPath,
      summary: 'Revoke the key of an API user',
      needs: needsUserControl,
      params: apiUserParams,
      versioned: true,
      answer: success,
      async handle({ params: reference, ...call }) {
        const input = { ...reference, version: expectedVersion(call.headers) };
        return succeeded(await revokeApiUserKey(administration, actorOf(call), input));
      },
    }),
  ];
}
