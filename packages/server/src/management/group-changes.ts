import type { Outcome } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  addGroupMember,
  addGroupOrganization,
  addGroupOwner,
  type Conditional,
  type GroupOrganizationInput,
  type GroupUserInput,
  type NestGroupInput,
  nestGroup,
  removeGroupMember,
  removeGroupOrganization,
  removeGroupOwner,
  setGroupPermissions,
  unnestGroup,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { expectedVersion } from '../route/call-headers.js';
import { type Call, defineRoute, type Method, type Route } from '../route/define-route.js';
import { list, text, uuid } from '../route/schema.js';
import { succeeded, success } from '../route/success.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';
import { inviteMissingField } from './invite-missing.js';
import { groupParams, needsGroupManager } from './route-parts.js';

const groupPath = '/v1/groups/:gid';

type GroupCommand<I> = (context: AdministrationContext, actor: Actor, input: I) => Promise<Outcome<unknown>>;

/** Creates the routes that change a group: members, owners, permissions, organizations and nested groups. */
export function groupChangeRoutes(context: ServiceContext): readonly Route[] {
  return [
    userRoute(context, 'POST', 'users', 'Put a user into a group', addGroupMember),
    userRoute(context, 'DELETE', 'users', 'Take a user out of a group', removeGroupMember),
    userRoute(context, 'POST', 'owners', 'Make a user an owner of a group', addGroupOwner),
    userRoute(context, 'DELETE', 'owners', 'Unmake an owner of a group; the last one stays', removeGroupOwner),
    organizationRoute(context, 'POST', 'Attach an organization to a group', addGroupOrganization),
    organizationRoute(context, 'DELETE', 'Detach an organization from a group', removeGroupOrganization),
    permissionsRoute(context),
    nestRoute(context, 'PUT', 'Put a group inside a group', nestGroup),
    nestRoute(context, 'DELETE', 'Take a group out of a group', unnestGroup),
  ];
}

function userRoute(
  { administration }: ServiceContext,
  ...[method, who, summary, command]: [Method, 'users' | 'owners', string, GroupCommand<GroupUserInput>]
): Route {
  return defineRoute({
    method,
    path: `${groupPath}/${who}`,
    summary,
    needs: needsGroupManager,
    params: groupParams,
    versioned: true,
    fields: z.object({
      member_email: text().describe('E-mail address, or the uid of an API user'),
      ...(method === 'POST' ? { invite_missing: inviteMissingField() } : {}),
    }),
    answer: success,
    handle: async ({ params: { gid }, fields, ...call }) =>
      succeeded(await command(administration, actorOf(call), { gid, email: fields.member_email, ...seen(call) })),
  });
}

function organizationRoute(
  { administration }: ServiceContext,
  ...[method, summary, command]: [Method, string, GroupCommand<GroupOrganizationInput>]
): Route {
  return defineRoute({
    method,
    path: `${groupPath}/orgs`,
    summary,
    needs: needsGroupManager,
    params: groupParams,
    versioned: true,
    fields: z.object({ oid: uuid() }),
    answer: success,
    handle: async ({ params: { gid }, fields: { oid }, ...call }) =>
      succeeded(await command(administration, actorOf(call), { gid, oid, ...seen(call) })),
  });
}

function permissionsRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: `${groupPath}/permissions`,
    summary: 'Replace the permissions of a group',
    needs: needsGroupManager,
    params: groupParams,
    versioned: true,
    fields: z.object({
      perm: list().default([]).describe('Permissions and families; without it, the group grants nothing'),
    }),
    answer: success,
    handle: async ({ params: { gid }, fields, ...call }) =>
      succeeded(
        await setGroupPermissions(administration, actorOf(call), {
          gid,
          permissions: fields.perm,
          ...seen(call),
        }),
      ),
  });
}

function nestRoute(
  { administration }: ServiceContext,
  ...[method, summary, command]: [Method, string, GroupCommand<NestGroupInput>]
): Route {
  return defineRoute({
    method,
    path: `${groupPath}/groups/:child`,
    summary,
    needs: needsGroupManager,
    params: z.object({ gid: uuid(), child: uuid() }),
    versioned: true,
    answer: success,
    handle: async ({ params: { gid, child }, ...call }) =>
      succeeded(await command(administration, actorOf(call), { gid, child, ...seen(call) })),
  });
}

/**
 * Returns the condition for a change of a group: the group must still have the version in the request's `If-Match`
 * header.
 */
function seen({ headers }: Pick<Call<unknown, unknown>, 'headers'>): Conditional {
  return { version: expectedVersion(headers) };
}
