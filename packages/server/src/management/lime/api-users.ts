import { allow, type Outcome } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  activateUser,
  createApiUser,
  deactivateUser,
  deleteUser,
  type ListedApiUser,
  listApiUsers,
  readApiUser,
  type UserReference,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { expectedVersion } from '../../route/call-headers.js';
import { defineRoute, type Method, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { unwrapCreated, withIdempotencyKey } from '../../route/idempotency-key.js';
import { nextCursor, nextCursorField, pageFields } from '../../route/page.js';
import { text, uuid } from '../../route/schema.js';
import { succeeded, success } from '../../route/success.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';
import { apiUserParams, needsUserControl } from '../route-parts.js';

const apiUsersPath = '/v1/orgs/:oid/api_users';
const inOrganization = z.object({ oid: uuid() });

const apiUser = z.object({
  uid: z.string(),
  name: z.string(),
  email: z.string().describe('Address of the user in lists; no mail is delivered there'),
  active: z.boolean(),
  key_hash: z.string().nullable().describe('Public id of its one key'),
  groups: z.array(z.string()).readonly().describe('Groups it is in, directly or through a nested group'),
  etag: z.string().describe('Version; changes when the user is activated or deactivated, and with its key'),
});

/** Creates the routes for API users. An API user cannot sign in, has one key, and has the permissions of its groups. */
export function apiUserRoutes(context: ServiceContext): readonly Route[] {
  return [createApiUserRoute(context), listApiUsersRoute(context), getApiUserRoute(context), ...changeRoutes(context)];
}

function createApiUserRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: apiUsersPath,
    summary: 'Create an API user',
    needs: needsUserControl,
    params: inOrganization,
    fields: z.object({ name: text() }),
    creates: true,
    answer: z.object({ uid: z.string() }),
    async handle({ params: { oid }, fields, ...call }) {
      const context = withIdempotencyKey(administration, { ...call, create: 'api-user', params: { oid }, fields });
      const uid = unwrapCreated(await createApiUser(context, actorOf(call), { oid, name: fields.name }), 'uid');
      return uid.allowed ? allow({ uid: uid.value }) : uid;
    },
  });
}

function listApiUsersRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: apiUsersPath,
    summary: 'List the API users of an organization',
    needs: needsUserControl,
    params: inOrganization,
    fields: z.object(pageFields),
    answer: z.object({ api_users: z.array(apiUser), ...nextCursorField }),
    async handle({ params: { oid }, fields, ...call }) {
      const users = await listApiUsers(administration, actorOf(call), { oid, ...fields });
      if (!users.allowed) return explainIssues(users);
      return allow({ api_users: users.value.entries.map(userToWire), ...nextCursor(users.value) });
    },
  });
}

function getApiUserRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: `${apiUsersPath}/:uid`,
    summary: 'Read an API user',
    needs: needsUserControl,
    params: apiUserParams,
    versioned: true,
    answer: apiUser,
    async handle({ params: reference, ...call }) {
      const user = await readApiUser(administration, actorOf(call), reference);
      return user.allowed ? allow(userToWire(user.value)) : user;
    },
  });
}

type ApiUserChange = (context: AdministrationContext, actor: Actor, user: UserReference) => Promise<Outcome<unknown>>;

function changeRoutes(context: ServiceContext): readonly Route[] {
  return [
    changeRoute(context, 'DELETE', '', 'Delete an API user, and its key', deleteUser),
    changeRoute(context, 'POST', '/deactivate', 'Deactivate an API user; its key ends at once', deactivateUser),
    changeRoute(context, 'POST', '/activate', 'Activate an API user again; it needs a new key', activateUser),
  ];
}

function changeRoute(
  { administration }: ServiceContext,
  ...[method, verb, summary, change]: [Method, string, string, ApiUserChange]
): Route {
  return defineRoute({
    method,
    path: `${apiUsersPath}/:uid${verb}`,
    summary,
    needs: needsUserControl,
    params: apiUserParams,
    versioned: true,
    answer: success,
    handle: async ({ params: { oid, uid }, ...call }) =>
      succeeded(await change(administration, actorOf(call), { oid, uid, version: expectedVersion(call.headers) })),
  });
}

function userToWire({ uid, name, email, active, keyId, groups, version }: ListedApiUser): z.input<typeof apiUser> {
  return { uid, name, email, active, key_hash: keyId ?? null, groups, etag: version };
}
