import { allow, deny } from '@flairgate/core';
import { createKey, listUserKeys, revokeUserKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { withIdempotencyKey } from '../../route/idempotency-key.js';
import { pageFields } from '../../route/page.js';
import { text, uuid } from '../../route/schema.js';
import { succeeded, success } from '../../route/success.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';
import { keyList, keysToWire } from '../keys/key-entry.js';

const userKeysPath = '/v1/user/keys';
const needsUserOfKeys = { kind: 'user', what: 'have keys in their own name' } as const;

/** Creates the routes for the calling user's own keys, which have exactly the user's access. */
export function userKeyRoutes(context: ServiceContext): readonly Route[] {
  return [listUserKeysRoute(context), createUserKeyRoute(context), revokeUserKeyRoute(context)];
}

function listUserKeysRoute({ administration, catalogue }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: userKeysPath,
    summary: "List the calling user's own keys",
    needs: needsUserOfKeys,
    fields: z.object(pageFields),
    answer: keyList,
    async handle({ fields, ...call }) {
      const keys = await listUserKeys(administration, actorOf(call), fields);
      return keys.allowed ? allow(keysToWire(keys.value, catalogue)) : explainIssues(keys);
    },
  });
}

function createUserKeyRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: userKeysPath,
    summary: "Create a key in the calling user's own name; only this answer contains its text",
    needs: needsUserOfKeys,
    fields: z.object({
      key_name: text().describe('Name with its flairs, for example laptop[segment]'),
      oid: uuid()
        .optional()
        .describe('Creates the one API-user key of the calling user, which is valid only in this organization'),
    }),
    creates: true,
    answer: z.object({ api_key: z.string(), key_hash: z.string() }),
    async handle({ fields, ...call }) {
      const uid = call.caller?.uid;
      if (uid === undefined) return deny('ERR_USER_REQUIRED');
      const context = withIdempotencyKey(administration, { ...call, create: 'user-key', fields });
      const { oid, key_name: name } = fields;
      const owner = { kind: 'user', uid, inOwnName: true, ...(oid === undefined ? {} : { oid }) } as const;
      const created = await createKey(context, actorOf(call), { owner, name });
      if (!created.allowed) return explainIssues(created, { name: 'key_name' });
      return allow({ api_key: created.value.text, key_hash: created.value.keyId });
    },
  });
}

function revokeUserKeyRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'DELETE',
    path: userKeysPath,
    summary: "Revoke a key in the calling user's own name",
    needs: needsUserOfKeys,
    fields: z.object({ key_hash: text().describe('Public id of the key') }),
    answer: success,
    handle: async ({ fields, ...call }) =>
      succeeded(await revokeUserKey(administration, actorOf(call), { keyId: fields.key_hash })),
  });
}
