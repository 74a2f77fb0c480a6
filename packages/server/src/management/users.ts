import { allow, type Outcome } from '@flairgate/core';
import {
  type AdministrationContext,
  grantPermissions,
  type InviteUserInput,
  inviteAddress,
  inviteUser,
  type ListedUser,
  listGroupAccess,
  listUsers,
  readMember,
  removeUser,
  revokePermissions,
  setRole,
  type VersionedMembership,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { expectedVersion } from '../route/call-headers.js';
import { type Call, defineRoute, type Route } from '../route/define-route.js';
import { explainIssues } from '../route/fields.js';
import { unwrapCreated, withIdempotencyKey } from '../route/idempotency-key.js';
import { nextCursor, nextCursorField, pageFields } from '../route/page.js';
import { list, text, uuid } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';
import { accessGroup, directUser, groupAccessToWire, groupUser } from './group-access.js';
import { inviteMissingField } from './invite-missing.js';
import { needsUserControl, organizationParams } from './route-parts.js';

const usersPath = '/v1/orgs/:oid/users';
const email = text('write an e-mail address');
const inviteMissing = inviteMissingField();
const changed = z.object({ success: z.literal(true), users: z.array(z.string()) });
const userPermissions = z.record(z.string(), z.array(z.string()).readonly());

/** Maps core's field names to those of the HTTP API. Refusals contain the names of the HTTP API. */
const MEMBER_WIRE_NAMES = { permissions: 'perm' };

/** Creates the routes for an organization's users and their permissions. */
export function userRoutes(context: ServiceContext): readonly Route[] {
  return [
    listUsersRoute(context),
    inviteRoute(context),
    inviteByFieldRoute(context),
    inviteAddressRoute(context),
    removeRoute(context),
    permissionsRoute(context),
    changeRoute(context, 'POST'),
    changeRoute(context, 'DELETE'),
    roleRoute(context),
  ];
}

function listUsersRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: usersPath,
    summary: 'List the users of an organization and those it offers a membership; by uid if the address is withheld',
    needs: needsUserControl,
    params: organizationParams,
    fields: z.object(pageFields),
    answer: z.object({ users: z.array(z.string()), ...nextCursorField }),
    async handle({ params: { oid }, fields, ...call }) {
      const users = await listUsers(administration, actorOf(call), { oid, ...fields });
      if (!users.allowed) return explainIssues(users);
      return allow({ users: users.value.entries.map(nameInLists), ...nextCursor(users.value) });
    },
  });
}

function inviteRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: usersPath,
    summary: 'Offer a user a membership of an organization, without permissions or with those of a role',
    needs: needsUserControl,
    params: organizationParams,
    fields: z.object({
      email,
      role: text().optional().describe('Owner, Administrator, Operator, Viewer or Basic; default: no permissions'),
      invite_missing: inviteMissing,
    }),
    creates: true,
    answer: changed.extend({ role: z.string().optional(), invite_sent: z.literal(true).optional() }),
    async handle({ params: { oid }, fields: { email: address, role, invite_missing: asked }, ...call }) {
      const invited = await invite(administration, call, { oid, email: address, role });
      if (!invited.allowed) return invited;
      const given = role === undefined ? {} : { role };
      return allow({ ...invited.value, ...given, ...(asked === undefined ? {} : { invite_sent: true as const }) });
    },
  });
}

/** Creates the route that offers a user a membership. The field `oid`, not the path, contains the organization's id. */
function inviteByFieldRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/users/invite',
    summary: 'Offer a user a membership of the organization in the field oid',
    needs: { kind: 'user', what: 'invite a user' },
    fields: z.object({ email, oid: uuid() }),
    creates: true,
    answer: changed,
    handle: ({ fields, ...call }) => invite(administration, call, { ...fields, inOwnName: true }),
  });
}

/**
 * Creates the route that LimaCharlie's older SDK calls to invite a user. The request names no organization. Therefore
 * no membership is offered; a user is created unless the e-mail address already belongs to one.
 */
function inviteAddressRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/invite/user',
    summary: 'Create a user by an address, unless there is one; the answer is the same',
    needs: { kind: 'user', what: 'invite a user' },
    fields: z.object({ user_email: email }),
    answer: z.object({ success: z.literal(true) }),
    async handle({ fields, ...call }) {
      const invited = await inviteAddress(administration, actorOf(call), { email: fields.user_email });
      return invited.allowed ? allow({ success: true as const }) : explainIssues(invited, { email: 'user_email' });
    },
  });
}

async function invite(
  administration: AdministrationContext,
  call: Pick<Call<unknown, unknown>, 'caller' | 'address' | 'headers'>,
  invited: InviteUserInput,
): Promise<Outcome<z.input<typeof changed>>> {
  const context = withIdempotencyKey(administration, { ...call, create: 'user', params: {}, fields: invited });
  const uid = unwrapCreated(await inviteUser(context, actorOf(call), invited), 'uid');
  return uid.allowed ? allow({ success: true, users: [invited.email.toLowerCase()] }) : explainIssues(uid);
}

function removeRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'DELETE',
    path: usersPath,
    summary: 'Remove a user from an organization, or withdraw its offer; the last owner cannot be removed',
    needs: needsUserControl,
    params: organizationParams,
    fields: z.object({ email }),
    versioned: true,
    answer: changed.extend({
      keys: z
        .record(z.string(), z.string())
        .optional()
        .describe(
          'Keys of the organization that the user created, name by key_hash; they stay valid until they are revoked',
        ),
    }),
    async handle({ params: { oid }, fields, ...call }) {
      const version = expectedVersion(call.headers);
      const removed = await removeUser(administration, actorOf(call), { oid, email: fields.email, version });
      if (!removed.allowed) return explainIssues(removed);
      const keys = Object.fromEntries(removed.value.keys.map(({ keyId, name }) => [keyId, name]));
      const left = removed.value.keys.length === 0 ? {} : { keys };
      return allow({ success: true as const, users: [fields.email.toLowerCase()], ...left });
    },
  });
}

function permissionsRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: `${usersPath}/permissions`,
    summary: 'List the permissions granted to the users of an organization, or to one of them',
    needs: needsUserControl,
    params: organizationParams,
    fields: z.object({ ...pageFields, email: email.optional().describe('Returns this user only, with an ETag') }),
    versioned: true,
    answer: z.object({
      user_permissions: userPermissions,
      roles: z.record(z.string(), z.enum(['owner', 'member'])),
      offered: z
        .array(z.string())
        .describe('Users who have not accepted the organization yet; nothing is granted to them'),
      etags: z.record(z.string(), z.string()).describe('ETag of each user, the value of If-Match, by user'),
      direct_users: z.array(directUser).describe('Members who have accepted the organization'),
      from_groups: z.record(z.string(), groupUser).optional().describe('Users with access through groups; first page'),
      group_info: z.record(z.string(), accessGroup).optional().describe('Groups that give access, by gid; first page'),
      from_groups_truncated: z
        .literal(true)
        .optional()
        .describe('True if from_groups and group_info do not contain everything'),
      etag: z.string().optional().describe('ETag of the requested user'),
      ...nextCursorField,
    }),
    async handle({ params: { oid }, fields: { email: one, ...page }, ...call }) {
      if (one !== undefined) {
        const member = await readMember(administration, actorOf(call), { oid, email: one });
        return member.allowed ? allow({ ...usersToWire([member.value]), etag: member.value.version }) : member;
      }
      const users = await listUsers(administration, actorOf(call), { oid, ...page });
      if (!users.allowed) return explainIssues(users);
      const listed = { ...usersToWire(users.value.entries), ...nextCursor(users.value) };
      if (page.cursor !== undefined) return allow(listed);
      const access = await listGroupAccess(administration, actorOf(call), { oid });
      return access.allowed ? allow({ ...listed, ...groupAccessToWire(access.value) }) : access;
    },
  });
}

/** Returns the name of a user in lists: the e-mail address, or the uid if the caller must not see the address. */
function nameInLists({ uid, email }: ListedUser): string {
  return email ?? uid;
}

function usersToWire(users: readonly ListedUser[]) {
  const by = <T>(value: (user: ListedUser) => T): Record<string, T> =>
    Object.fromEntries(users.map((user) => [nameInLists(user), value(user)]));
  return {
    user_permissions: by((user) => user.permissions),
    roles: by((user) => user.role),
    offered: users.filter(({ accepted }) => !accepted).map(nameInLists),
    etags: by((user) => user.version),
    direct_users: users
      .filter(({ accepted }) => accepted)
      .map((user) => ({ email: nameInLists(user), uid: user.uid, perms: user.permissions })),
  };
}

function changeRoute({ administration, catalogue }: ServiceContext, method: 'POST' | 'DELETE'): Route {
  const change = method === 'POST' ? grantPermissions : revokePermissions;
  return defineRoute({
    method,
    path: `${usersPath}/permissions`,
    summary: method === 'POST' ? 'Grant a user permissions' : 'Revoke permissions of a user',
    needs: needsUserControl,
    params: organizationParams,
    fields: z.object({ email, perm: list() }),
    versioned: true,
    answer: z.object({ success: z.literal(true), user_permissions: userPermissions, etag: z.string() }),
    async handle({ params: { oid }, fields, ...call }) {
      const input = { oid, email: fields.email, permissions: fields.perm, version: expectedVersion(call.headers) };
      const outcome: Outcome<VersionedMembership> = await change(administration, actorOf(call), input);
      if (!outcome.allowed) return explainIssues(outcome, MEMBER_WIRE_NAMES);
      const permissions = catalogue.expand(outcome.value.permissions);
      const granted = Object.fromEntries([[fields.email.toLowerCase(), permissions]]);
      return allow({ success: true as const, user_permissions: granted, etag: outcome.value.version });
    },
  });
}

function roleRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'PUT',
    path: `${usersPath}/role`,
    summary: 'Set the role of a user, which replaces all permissions granted to them',
    needs: needsUserControl,
    params: organizationParams,
    fields: z.object({ email, role: text().describe('Owner, Administrator, Operator, Viewer or Basic') }),
    versioned: true,
    answer: z.object({
      success: z.literal(true),
      role: z.string(),
      permissions: z.array(z.string()).readonly(),
      etag: z.string(),
    }),
    async handle({ params: { oid }, fields, ...call }) {
      const version = expectedVersion(call.headers);
      const set = await setRole(administration, actorOf(call), { oid, ...fields, version });
      if (!set.allowed) return explainIssues(set);
      const { role, permissions, version: etag } = set.value;
      return allow({ success: true as const, role, permissions, etag });
    },
  });
}
