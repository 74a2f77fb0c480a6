import {
  type AdministrationContext,
  allow,
  grantPermissions,
  inviteUser,
  listUsers,
  type MembershipRow,
  type Outcome,
  removeUser,
  revokePermissions,
  setRole,
} from '@flairgate/core';
import { z } from 'zod';
import { type Call, defineRoute, type Route } from '../route/define-route.js';
import { explainIssues } from '../route/fields.js';
import { nextCursor, pageFields } from '../route/page.js';
import { made, replayable } from '../route/replay.js';
import { list, text, uuid } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';

const path = '/v1/orgs/:oid/users';
const needs = { kind: 'permissions', names: ['user.ctrl'] } as const;
const params = z.object({ oid: uuid() });
const email = text('write an e-mail address');
const changed = z.object({ success: z.literal(true), users: z.array(z.string()) });
const userPermissions = z.record(z.string(), z.array(z.string()).readonly());

/** How the fields of these routes are called in issues. */
const WIRE_NAMES = { permissions: 'perm' };

/** The users of an organization, and what they may do. */
export function userRoutes(context: ServiceContext): readonly Route[] {
  return [
    listRoute(context),
    inviteRoute(context),
    inviteByFieldRoute(context),
    removeRoute(context),
    permissionsRoute(context),
    changeRoute(context, 'POST'),
    changeRoute(context, 'DELETE'),
    roleRoute(context),
  ];
}

function listRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path,
    summary: 'List the users of an organization',
    needs,
    params,
    fields: z.object(pageFields),
    answer: z.object({ users: z.array(z.string()), next_cursor: z.string().optional() }),
    async handle({ params: { oid }, fields, ...call }) {
      const users = await listUsers(administration, actorOf(call), { oid, ...fields });
      if (!users.allowed) return explainIssues(users);
      return allow({ users: users.value.entries.map((user) => user.email), ...nextCursor(users.value) });
    },
  });
}

function inviteRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path,
    summary: 'Make somebody a user of an organization, without permissions',
    needs,
    params,
    fields: z.object({ email }),
    answer: changed,
    handle: ({ params: { oid }, fields, ...call }) => invite(administration, call, { oid, email: fields.email }),
  });
}

/** The same, with the organization among the fields. */
function inviteByFieldRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/users/invite',
    summary: 'Make somebody a user of an organization that is named among the fields',
    needs: { kind: 'user', what: 'invite a user' },
    fields: z.object({ email, oid: uuid() }),
    answer: changed,
    handle: ({ fields, ...call }) => invite(administration, call, fields),
  });
}

async function invite(
  administration: AdministrationContext,
  call: Pick<Call<unknown, unknown>, 'caller' | 'address' | 'headers'>,
  invited: { readonly oid: string; readonly email: string },
): Promise<Outcome<z.input<typeof changed>>> {
  const context = replayable(administration, { ...call, create: 'user', params: {}, fields: invited });
  const uid = made(await inviteUser(context, actorOf(call), invited), 'uid');
  return uid.allowed ? allow({ success: true, users: [invited.email.toLowerCase()] }) : uid;
}

function removeRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'DELETE',
    path,
    summary: 'Remove a user from an organization; the last owner stays',
    needs,
    params,
    fields: z.object({ email }),
    answer: changed,
    async handle({ params: { oid }, fields, ...call }) {
      const removed = await removeUser(administration, actorOf(call), { oid, email: fields.email });
      if (!removed.allowed) return explainIssues(removed);
      return allow({ success: true as const, users: [fields.email.toLowerCase()] });
    },
  });
}

function permissionsRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: `${path}/permissions`,
    summary: 'List what the users of an organization were granted there',
    needs,
    params,
    fields: z.object(pageFields),
    answer: z.object({ user_permissions: userPermissions, next_cursor: z.string().optional() }),
    async handle({ params: { oid }, fields, ...call }) {
      const users = await listUsers(administration, actorOf(call), { oid, ...fields });
      if (!users.allowed) return explainIssues(users);
      const entries = users.value.entries.map((user) => [user.email, user.permissions] as const);
      return allow({ user_permissions: Object.fromEntries(entries), ...nextCursor(users.value) });
    },
  });
}

function changeRoute({ administration, catalogue }: ServiceContext, method: 'POST' | 'DELETE'): Route {
  const change = method === 'POST' ? grantPermissions : revokePermissions;
  return defineRoute({
    method,
    path: `${path}/permissions`,
    summary: method === 'POST' ? 'Grant a user permissions' : 'Take permissions from a user',
    needs,
    params,
    fields: z.object({ email, perm: list() }),
    answer: z.object({ success: z.literal(true), user_permissions: userPermissions }),
    async handle({ params: { oid }, fields, ...call }) {
      const input = { oid, email: fields.email, permissions: fields.perm };
      const outcome: Outcome<MembershipRow> = await change(administration, actorOf(call), input);
      if (!outcome.allowed) return explainIssues(outcome, WIRE_NAMES);
      const permissions = catalogue.expand(outcome.value.permissions);
      const granted = Object.fromEntries([[fields.email.toLowerCase(), permissions]]);
      return allow({ success: true as const, user_permissions: granted });
    },
  });
}

function roleRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'PUT',
    path: `${path}/role`,
    summary: 'Give a user a role, in place of all permissions they were granted',
    needs,
    params,
    fields: z.object({ email, role: text().describe('Owner, Administrator, Operator, Viewer or Basic') }),
    answer: z.object({ success: z.literal(true), role: z.string(), permissions: z.array(z.string()).readonly() }),
    async handle({ params: { oid }, fields, ...call }) {
      const set = await setRole(administration, actorOf(call), { oid, ...fields });
      return set.allowed ? allow({ success: true as const, ...set.value }) : explainIssues(set);
    },
  });
}
