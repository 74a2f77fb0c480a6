import { allow } from '@flairgate/core';
import {
  createGroup,
  deleteGroup,
  type GroupDescription,
  listGroups,
  readGroup,
  readGroupLog,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { expectedVersion } from '../route/call-headers.js';
import { defineRoute, type Route } from '../route/define-route.js';
import { explainIssues } from '../route/fields.js';
import { unwrapCreated, withIdempotencyKey } from '../route/idempotency-key.js';
import { nextCursor, nextCursorField, pageFields } from '../route/page.js';
import { text, uuid } from '../route/schema.js';
import { succeeded, success } from '../route/success.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';
import { auditEntry, auditToWire } from './audit.js';

const path = '/v1/groups/:gid';
const needs = { kind: 'user', what: 'manage groups' } as const;
const params = z.object({ gid: uuid() });
const texts = z.array(z.string()).readonly();

const groupEntry = z.object({
  gid: z.string(),
  group_id: z.string().describe('The same id, under the name that LimaCharlie uses here'),
  name: z.string(),
  owners: texts.describe('E-mail addresses'),
  members: texts.optional().describe('E-mail addresses; only owners of the group get them'),
  perms: texts,
  orgs: z.array(z.object({ org_id: z.string(), org_name: z.string() })),
  groups: texts.describe('Groups nested in this one'),
});

/** Creates the routes of groups. Members have the permissions of a group in every organization it is attached to. */
export function groupRoutes(context: ServiceContext): readonly Route[] {
  return [createRoute(context), listRoute(context), readRoute(context), deleteRoute(context), logRoute(context)];
}

function createRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/groups',
    summary: 'Create a group; the calling user owns it',
    needs,
    fields: z.object({ name: text() }),
    creates: true,
    answer: z.object({ gid: z.string(), data: z.object({ gid: z.string() }), success: z.literal(true) }),
    async handle({ fields, ...call }) {
      const context = withIdempotencyKey(administration, { ...call, create: 'group', fields });
      const created = unwrapCreated(await createGroup(context, actorOf(call), fields), 'gid');
      if (!created.allowed) return created;
      const gid = created.value;
      return allow({ gid, data: { gid }, success: true as const });
    },
  });
}

function listRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/groups',
    summary: 'List the groups the calling user owns or is in',
    needs,
    fields: z.object(pageFields),
    answer: z.object({ groups: z.array(z.object({ gid: z.string(), name: z.string() })), ...nextCursorField }),
    async handle({ fields, ...call }) {
      const groups = await listGroups(administration, actorOf(call), fields);
      if (!groups.allowed) return explainIssues(groups);
      const { entries } = groups.value;
      return allow({ groups: entries.map(({ gid, name }) => ({ gid, name })), ...nextCursor(groups.value) });
    },
  });
}

function readRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path,
    summary: 'Read a group the calling user owns or is in',
    needs,
    params,
    versioned: true,
    answer: z.object({ group: groupEntry, etag: z.string() }),
    async handle({ params: { gid }, ...call }) {
      const found = await readGroup(administration, actorOf(call), { gid });
      if (!found.allowed) return found;
      return allow({ group: groupToWire(found.value), etag: String(found.value.group.version) });
    },
  });
}

function groupToWire({
  group,
  owners,
  members,
  organizations,
  children,
}: GroupDescription): z.input<typeof groupEntry> {
  const { gid, name, permissions } = group;
  return {
    gid,
    group_id: gid,
    name,
    owners,
    ...(members === undefined ? {} : { members }),
    perms: permissions,
    orgs: organizations.map((organization) => ({ org_id: organization.oid, org_name: organization.name })),
    groups: children,
  };
}

function deleteRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'DELETE',
    path,
    summary: 'Delete a group the calling user owns',
    needs,
    params,
    versioned: true,
    answer: success,
    handle: async ({ params: { gid }, ...call }) =>
      succeeded(await deleteGroup(administration, actorOf(call), { gid, version: expectedVersion(call.headers) })),
  });
}

function logRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: `${path}/logs`,
    summary: 'Read the log of a group, newest entry first',
    needs,
    params,
    fields: z.object(pageFields),
    answer: z.object({ logs: z.array(auditEntry), ...nextCursorField }),
    async handle({ params: { gid }, fields, ...call }) {
      const page = await readGroupLog(administration, actorOf(call), { gid, ...fields });
      if (!page.allowed) return explainIssues(page);
      return allow({ logs: page.value.entries.map(auditToWire), ...nextCursor(page.value) });
    },
  });
}
