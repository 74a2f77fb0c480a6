import {
  allow,
  createApiUser,
  deactivateUser,
  deleteUser,
  deny,
  type ListedApiUser,
  listApiUsers,
} from '@flairgate/core';
import { z } from 'zod';
import { actorOf } from '../limacharlie/actor.js';
import { defineRoute, type Route } from '../route/define-route.js';
import { made, replayable } from '../route/replay.js';
import { text, uuid } from '../route/schema.js';
import { succeeded, success } from '../route/success.js';
import type { ServiceContext } from '../service-context.js';

const path = '/v1/orgs/:oid/api_users';
const needs = { kind: 'permissions', names: ['user.ctrl'] } as const;
const inOrganization = z.object({ oid: uuid() });
const params = z.object({ oid: uuid(), uid: uuid() });

const apiUser = z.object({
  uid: z.string(),
  name: z.string(),
  email: z.string().describe('What the user is called where people have an address; no mail goes there'),
  active: z.boolean(),
  key_hash: z.string().nullable().describe('Public id of its one key'),
  groups: z.array(z.string()).readonly().describe('Groups it is in, also by groups inside them'),
});

/** API users: they sign in nowhere, have one key, and may do what their groups may. */
export function apiUserRoutes(context: ServiceContext): readonly Route[] {
  return [createRoute(context), listRoute(context), readRoute(context), ...endRoutes(context)];
}

function createRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path,
    summary: 'Make an API user',
    needs,
    params: inOrganization,
    fields: z.object({ name: text() }),
    answer: z.object({ uid: z.string() }),
    async handle({ params: { oid }, fields, ...call }) {
      const context = replayable(administration, { ...call, create: 'api-user', params: { oid }, fields });
      const uid = made(await createApiUser(context, actorOf(call), { oid, name: fields.name }), 'uid');
      return uid.allowed ? allow({ uid: uid.value }) : uid;
    },
  });
}

function listRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path,
    summary: 'List the API users of an organization',
    needs,
    params: inOrganization,
    answer: z.object({ api_users: z.array(apiUser) }),
    async handle({ params: { oid }, ...call }) {
      const users = await listApiUsers(administration, actorOf(call), { oid });
      return users.allowed ? allow({ api_users: users.value.map(printUser) }) : users;
    },
  });
}

function readRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: `${path}/:uid`,
    summary: 'Read an API user',
    needs,
    params,
    answer: apiUser,
    async handle({ params: { oid, uid }, ...call }) {
      const users = await listApiUsers(administration, actorOf(call), { oid });
      if (!users.allowed) return users;
      const user = users.value.find((one) => one.uid === uid);
      return user === undefined ? deny('ERR_NOT_FOUND') : allow(printUser(user));
    },
  });
}

function endRoutes({ administration }: ServiceContext): readonly Route[] {
  return [
    defineRoute({
      method: 'DELETE',
      path: `${path}/:uid`,
      summary: 'Delete an API user, and its key',
      needs,
      params,
      answer: success,
      handle: async ({ params: reference, ...call }) =>
        succeeded(await deleteUser(administration, actorOf(call), reference)),
    }),
    defineRoute({
      method: 'POST',
      path: `${path}/:uid/deactivate`,
      summary: 'Deactivate an API user; its key ends at once',
      needs,
      params,
      answer: success,
      handle: async ({ params: reference, ...call }) =>
        succeeded(await deactivateUser(administration, actorOf(call), reference)),
    }),
  ];
}

function printUser({ uid, name, email, active, keyId, groups }: ListedApiUser): z.input<typeof apiUser> {
  return { uid, name, email, active, key_hash: keyId ?? null, groups };
}
