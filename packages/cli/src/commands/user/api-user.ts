import { allow } from '@flairgate/core';
import {
  createApiUser,
  listApiUsers,
  readOrganization,
  replaceApiUserKey,
  revokeApiUserKey,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { administration, type CommandOption } from '../../command.js';
import { operator } from '../../context.js';
import { keyAnswer } from '../key/key-answer.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';

const org: CommandOption = {
  flags: '--org <oid>',
  help: 'organization: its id, or its name if only one has it',
  required: true,
};
const uid: CommandOption = { flags: '--uid <uid>', help: 'uid of the API user', required: true };

export const apiUserCreate = administration({
  words: ['api-user', 'create'],
  help: 'Create a user for a program: it has one key and the permissions of its groups.',
  options: [org, { flags: '--name <text>', help: 'name of the user and of its key', required: true }],
  input: z.object({ org: z.string(), name: z.string() }),
  async run(context, { org: oid, name }) {
    const made = await createApiUser(context, operator, { oid, name });
    if (!made.allowed) return made;
    return allow({ json: { uid: made.value.uid, oid, name }, lines: [`API user ${name}: ${made.value.uid}`] });
  },
});

export const apiUserList = administration({
  words: ['api-user', 'list'],
  help: 'List the API users of an organization.',
  options: [org, ...pageOptions],
  input: z.object({ org: z.string(), ...pageShape }),
  async run(context, { org: oid, ...page }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    const listed = await listApiUsers(context, operator, { oid, ...page });
    if (!listed.allowed) return listed;
    const users = listed.value.entries.map(({ uid: id, name, active, keyId = null, groups }) => {
      return { uid: id, name, active, key_hash: keyId, groups };
    });
    return allow({
      json: { items: users, ...nextCursor(listed.value) },
      lines: [],
      table: {
        columns: ['ID', 'NAME', 'STATUS', 'KEY'],
        rows: users.map((user) => [user.uid, user.name, user.active ? 'active' : 'deactivated', user.key_hash ?? '-']),
        empty: 'no API users',
      },
    });
  },
});

export const apiUserKey = administration({
  words: ['api-user', 'key'],
  help: 'Create the key of an API user and show it once; the old one is revoked.',
  options: [org, uid, { flags: '--name <text>', help: "name with its flairs (default: the user's name)" }],
  input: z.object({ org: z.string(), uid: z.string(), name: z.string().optional() }),
  async run(context, { org: oid, uid: of, name }) {
    const made = await replaceApiUserKey(context, operator, { oid, uid: of, name });
    return made.allowed ? allow(keyAnswer(made.value)) : made;
  },
});

export const apiUserEndKey = administration({
  words: ['api-user', 'end-key'],
  help: 'Revoke the key of an API user permanently.',
  options: [org, uid],
  input: z.object({ org: z.string(), uid: z.string() }),
  async run(context, { org: oid, uid: of }) {
    const ended = await revokeApiUserKey(context, operator, { oid, uid: of });
    return ended.allowed ? allow({ json: { uid: of, ended: true }, lines: [`the key of ${of} is revoked`] }) : ended;
  },
});
