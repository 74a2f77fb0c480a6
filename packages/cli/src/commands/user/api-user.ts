import { allow } from '@flairgate/core';
import {
  createApiUser,
  listApiUsers,
  readOrganization,
  replaceApiUserKey,
  revokeApiUserKey,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration, type CommandOption } from '../../command.js';
import { operator } from '../../context.js';
import { firstOf } from '../../remote/remote-options.js';
import { keyAnswer } from '../key/key-answer.js';
import { listAnswer } from '../list-answer.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';

const org: CommandOption = {
  flags: '--org <org>',
  help: 'organization: its id, or its name if only one has it',
  required: true,
};
const apiUserOption: CommandOption = { flags: '--user <uid>', help: 'uid of the API user', required: true };

export const apiUserCreate = administration({
  words: ['api-user', 'create'],
  help: 'Create a user for a program: it has one key and the permissions of its groups.',
  options: [org, { flags: '--name <text>', help: 'name of the user and of its key', required: true }],
  input: z.strictObject({ org: z.string(), name: z.string() }),
  async run(context, { org: oid, name }) {
    const made = await createApiUser(context, operator, { oid, name });
    if (!made.allowed) return made;
    return allow(createdAnswer(oid, made.value.uid, name));
  },
  async remote(client, { org: oid, name }) {
    return createdAnswer(oid, await client.apiUsers.create(oid, { name }), name);
  },
});

export const apiUserList = administration({
  words: ['api-user', 'list'],
  help: 'List the API users of an organization.',
  options: [org, ...pageOptions],
  input: z.strictObject({ org: z.string(), ...pageShape }),
  async run(context, { org: oid, ...page }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    const listed = await listApiUsers(context, operator, { oid, ...page });
    if (!listed.allowed) return listed;
    const users = listed.value.entries.map(({ uid, name, active, keyId = null, groups }) => {
      return { uid, name, active, key_hash: keyId, groups };
    });
    return allow(apiUsersAnswer(users, nextCursor(listed.value)));
  },
  async remote(client, { org: oid, ...page }) {
    const users = firstOf(await client.apiUsers.list(oid), page);
    return apiUsersAnswer(
      users.map(({ uid, name, active, key_hash: keyId, groups }) => ({ uid, name, active, key_hash: keyId, groups })),
    );
  },
});

export const apiUserKey = administration({
  words: ['api-user', 'key'],
  help: 'Create the key of an API user and show it once; the old one is revoked.',
  options: [org, apiUserOption, { flags: '--name <text>', help: "name with its flairs (default: the user's name)" }],
  input: z.strictObject({ org: z.string(), user: z.string(), name: z.string().optional() }),
  async run(context, { org: oid, user: uid, name }) {
    const made = await replaceApiUserKey(context, operator, { oid, uid, name });
    return made.allowed ? allow(keyAnswer(made.value)) : made;
  },
  async remote(client, { org: oid, user: uid, name }) {
    const given = name ?? (await client.apiUsers.read(oid, uid)).name;
    const made = await client.apiUsers.replaceKey(oid, uid, { name: given });
    return keyAnswer({ text: made.api_key, keyId: made.key_hash, name: given, oid, uid });
  },
});

export const apiUserEndKey = administration({
  words: ['api-user', 'end-key'],
  help: 'Revoke the key of an API user permanently.',
  options: [org, apiUserOption],
  input: z.strictObject({ org: z.string(), user: z.string() }),
  async run(context, { org: oid, user: uid }) {
    const ended = await revokeApiUserKey(context, operator, { oid, uid });
    return ended.allowed ? allow(endedAnswer(uid)) : ended;
  },
  async remote(client, { org: oid, user: uid }) {
    await client.apiUsers.revokeKey(oid, uid);
    return endedAnswer(uid);
  },
});

interface ListedApiUser {
  readonly uid: string;
  readonly name: string;
  readonly active: boolean;
  readonly key_hash: string | null;
}

function createdAnswer(oid: string, uid: string, name: string): Answer {
  return { json: { uid, oid, name }, lines: [`API user ${name}: ${uid}`] };
}

function apiUsersAnswer(users: readonly ListedApiUser[], more?: Readonly<Record<string, string>>): Answer {
  return listAnswer(users, {
    columns: ['ID', 'NAME', 'STATUS', 'KEY'],
    row: (each) => [each.uid, each.name, each.active ? 'active' : 'deactivated', each.key_hash ?? '-'],
    empty: 'no API users',
    more,
  });
}

function endedAnswer(uid: string): Answer {
  return { json: { uid, ended: true }, lines: [`the key of ${uid} is revoked`] };
}
