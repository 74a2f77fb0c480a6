import type { FlairgateClient } from '@flairgate/client';
import { allow } from '@flairgate/core';
import {
  addGroupOwner,
  createGroup,
  deleteGroup,
  type GroupDescription,
  listGroups,
  readGroup,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';
import { firstOf } from '../../remote/remote-options.js';
import { listAnswer } from '../list-answer.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';

export const groupCreate = administration({
  words: ['group', 'create'],
  help: 'Create a group without permissions.',
  options: [
    { flags: '--name <text>', help: 'name, for people', required: true },
    { flags: '--owner <address>', help: 'user who manages it over HTTP; without one, only the command line does' },
  ],
  input: z.strictObject({ name: z.string(), owner: z.string().optional() }),
  async run(context, { name, owner }) {
    const made = await createGroup(context, operator, { name });
    if (!made.allowed) return made;
    const { gid } = made.value;
    const owned = owner === undefined ? made : await addGroupOwner(context, operator, { gid, email: owner });
    if (owned.allowed) return allow(createdAnswer(gid, name));
    // A refused command leaves no group behind.
    await deleteGroup(context, operator, { gid });
    return owned;
  },
  async remote(client, { name, owner }) {
    const gid = await client.groups.create({ name });
    if (owner !== undefined) await addOwner(client, gid, owner);
    return createdAnswer(gid, name);
  },
});

/** Adds an owner to a new group. If the owner is refused, deletes the group. */
async function addOwner({ groups }: FlairgateClient, gid: string, owner: string): Promise<void> {
  try {
    await groups.addOwner(gid, owner);
  } catch (error) {
    await groups.delete(gid);
    throw error;
  }
}

export const groupList = administration({
  words: ['group', 'list'],
  help: 'List every group; with --url, those that the user of the key owns or is in.',
  options: pageOptions,
  input: z.strictObject(pageShape),
  async run(context, page) {
    const listed = await listGroups(context, operator, page);
    if (!listed.allowed) return listed;
    const groups = listed.value.entries.map(({ gid, name, permissions: perms }) => ({ gid, name, perms }));
    return allow(
      listAnswer(groups, {
        columns: ['ID', 'NAME', 'PERMISSIONS'],
        row: ({ gid, name, perms }) => [gid, name, perms.join(' ') || '-'],
        empty: 'no groups',
        more: nextCursor(listed.value),
      }),
    );
  },
  async remote(client, page) {
    const groups = firstOf(await client.groups.list(), page).map(({ gid, name }) => ({ gid, name }));
    return listAnswer(groups, { columns: ['ID', 'NAME'], row: ({ gid, name }) => [gid, name], empty: 'no groups' });
  },
});

export const groupShow = administration({
  words: ['group', 'show'],
  help: 'Show a group: its owners, members, permissions and organizations.',
  options: [{ flags: '--gid <gid>', help: 'group id', required: true }],
  input: z.strictObject({ gid: z.string() }),
  async run(context, { gid }) {
    const found = await readGroup(context, operator, { gid });
    return found.allowed ? allow(described(found.value)) : found;
  },
  async remote(client, { gid }) {
    const { group } = await client.groups.read(gid);
    const { name, owners, members = [], perms, orgs, groups: children } = group;
    return describedAnswer(gid, name, {
      owners,
      members,
      perms,
      orgs: orgs.map((each) => each.org_id),
      groups: children,
    });
  },
});

function described({ group, owners, members = [], organizations, children }: GroupDescription): Answer {
  const { gid, name, permissions: perms } = group;
  const orgs = organizations.map(({ oid }) => oid);
  return describedAnswer(gid, name, { owners, members, perms, orgs, groups: children });
}

function describedAnswer(gid: string, name: string, rows: Readonly<Record<string, readonly string[]>>): Answer {
  return {
    json: { gid, name, ...rows },
    lines: [`${gid}  ${name}`, ...Object.entries(rows).map(([word, list]) => `${word}: ${list.join(' ') || '-'}`)],
  };
}

function createdAnswer(gid: string, name: string): Answer {
  return { json: { gid, name }, lines: [`group ${name}: ${gid}`] };
}
