import { allow, DeniedError } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  createGroup,
  deleteGroup,
  type GroupDescription,
  listGroups,
  readGroup,
  readGroupLog,
  readGroups,
} from '@flairgate/core/administration';
import type { GroupRow } from '@flairgate/core/store';
import { z } from 'zod';
import { expectedVersion } from '../route/call-headers.js';
import { defineRoute, type Route } from '../route/define-route.js';
import { explainIssues } from '../route/fields.js';
import { unwrapCreated, withIdempotencyKey } from '../route/idempotency-key.js';
import { nextCursor, nextCursorField, pageFields } from '../route/page.js';
import { text } from '../route/schema.js';
import { streamedAnswer } from '../route/streamed-answer.js';
import { succeeded, success } from '../route/success.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';
import { auditEntry, auditToWire } from './audit.js';
import { groupParams, needsGroupManager, textList } from './route-parts.js';

const groupPath = '/v1/groups/:gid';

const groupEntry = z.object({
  gid: z.string(),
  group_id: z.string().describe('The same id, under the name that LimaCharlie uses here'),
  name: z.string(),
  owners: textList.describe('E-mail addresses'),
  members: textList.optional().describe('E-mail addresses; only owners of the group get them'),
  perms: textList,
  orgs: z.array(z.object({ org_id: z.string(), org_name: z.string() })),
  groups: textList.describe('Groups nested in this one'),
});

type GroupEntry = z.input<typeof groupEntry>;

/**
 * Creates the routes for groups. The members of a group have the group's permissions in every organization to which the
 * group is attached.
 */
export function groupRoutes(context: ServiceContext): readonly Route[] {
  return [
    createGroupRoute(context),
    listGroupsRoute(context),
    listWholeRoute(context),
    getGroupRoute(context),
    deleteGroupRoute(context),
    logRoute(context),
  ];
}

function createGroupRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/groups',
    summary: 'Create a group; the calling user owns it',
    needs: needsGroupManager,
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

function listGroupsRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/groups',
    summary: 'List the groups the calling user owns or is in',
    needs: needsGroupManager,
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

/**
 * Creates the route that lists all groups in one response, as LimaCharlie's clients expect. The service reads a few
 * groups at a time and sends them immediately.
 */
function listWholeRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/groups/concurrent',
    summary: 'List the groups the calling user owns or is in, each whole',
    needs: needsGroupManager,
    answer: z.object({ groups: z.array(groupEntry) }),
    async handle(call) {
      const actor = actorOf(call);
      const listed = await listGroups(administration, actor);
      if (!listed.allowed) return explainIssues(listed);
      return allow(streamedAnswer<{ groups: GroupEntry[] }>(groupsText(administration, actor, listed.value.entries)));
    },
  });
}

async function* groupsText(
  administration: AdministrationContext,
  actor: Actor,
  groups: readonly GroupRow[],
): AsyncGenerator<string> {
  let before = '{"groups":[';
  let gids: readonly string[] = groups.map(({ gid }) => gid);
  while (gids.length > 0) {
    const found = await readGroups(administration, actor, { gids });
    if (!found.allowed) throw new DeniedError(found);
    for (const group of found.value.groups) {
      yield `${before}${JSON.stringify(groupToWire(group))}`;
      before = ',';
    }
    gids = gids.slice(found.value.read);
  }
  yield before === ',' ? ']}' : `${before}]}`;
}

function getGroupRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: groupPath,
    summary: 'Read a group the calling user owns or is in',
    needs: needsGroupManager,
    params: groupParams,
    versioned: true,
    answer: z.object({ group: groupEntry, etag: z.string() }),
    async handle({ params: { gid }, ...call }) {
      const found = await readGroup(administration, actorOf(call), { gid });
      if (!found.allowed) return found;
      return allow({ group: groupToWire(found.value), etag: String(found.value.group.version) });
    },
  });
}

function groupToWire({ group, owners, members, organizations, children }: GroupDescription): GroupEntry {
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

function deleteGroupRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'DELETE',
    path: groupPath,
    summary: 'Delete a group the calling user owns',
    needs: needsGroupManager,
    params: groupParams,
    versioned: true,
    answer: success,
    handle: async ({ params: { gid }, ...call }) =>
      succeeded(await deleteGroup(administration, actorOf(call), { gid, version: expectedVersion(call.headers) })),
  });
}

function logRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: `${groupPath}/logs`,
    summary: 'Read the log of a group, newest entry first',
    needs: needsGroupManager,
    params: groupParams,
    fields: z.object(pageFields),
    answer: z.object({ logs: z.array(auditEntry), ...nextCursorField }),
    async handle({ params: { gid }, fields, ...call }) {
      const page = await readGroupLog(administration, actorOf(call), { gid, ...fields });
      if (!page.allowed) return explainIssues(page);
      return allow({ logs: page.value.entries.map((row) => auditToWire(row)), ...nextCursor(page.value) });
    },
  });
}
