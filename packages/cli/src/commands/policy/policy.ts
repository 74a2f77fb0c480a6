import type { PolicyAnswer } from '@flairgate/client';
import { allow, OptionError, parseJsonObject } from '@flairgate/core';
import {
  deletePolicy,
  listPolicies,
  type PolicyGrants,
  putPolicy,
  readOrganization,
  readPolicy,
} from '@flairgate/core/administration';
import type { PolicyRow } from '@flairgate/core/store';
import { z } from 'zod';
import { type Answer, administration, type CommandOption } from '../../command.js';
import { operator } from '../../context.js';
import { firstOf } from '../../remote/remote-options.js';
import { listAnswer } from '../list-answer.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';
import { readSource } from '../read-source.js';

const org: CommandOption = {
  flags: '--org <org>',
  help: 'organization: its id, or its name if only one has it',
  required: true,
};
const policyOptions: readonly CommandOption[] = [
  org,
  { flags: '--name <text>', help: 'name of the policy', required: true },
];
const policyShape = { org: z.string(), name: z.string() };
const grants = z.record(z.string(), z.record(z.string(), z.array(z.enum(['read', 'write', 'add', 'delete']))));

export const policyList = administration({
  words: ['policy', 'list'],
  help: 'List the policies of an organization.',
  options: [org, ...pageOptions],
  input: z.strictObject({ org: z.string(), ...pageShape }),
  async run(context, { org: oid, ...page }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    const listed = await listPolicies(context, operator, { oid, ...page });
    if (!listed.allowed) return listed;
    return allow(policiesAnswer(listed.value.entries.map(policyToText), nextCursor(listed.value)));
  },
  async remote(client, { org: oid, ...page }) {
    return policiesAnswer(firstOf(await client.policies.list(oid), page));
  },
});

export const policyShow = administration({
  words: ['policy', 'show'],
  help: 'Show what a policy grants.',
  options: policyOptions,
  input: z.strictObject(policyShape),
  async run(context, { org: oid, name }) {
    const found = await readPolicy(context, operator, { oid, name });
    return found.allowed ? allow(shownAnswer(policyToText(found.value))) : found;
  },
  async remote(client, { org: oid, name }) {
    return shownAnswer(await client.policies.read(oid, name));
  },
});

export const policyPut = administration({
  words: ['policy', 'put'],
  help: 'Create or replace a policy, in the form that `policy show` prints. It applies from the next request.',
  options: [
    ...policyOptions,
    { flags: '--file <file>', help: 'JSON: group, then type, then actions; - for standard input', required: true },
    { flags: '--etag <etag>', help: 'replace only this version, from `policy show --json`' },
  ],
  input: z.strictObject({ ...policyShape, file: z.string(), etag: z.string().optional() }),
  async run(context, { org: oid, name, file, etag: version }, io) {
    const wanted = parseGrants(await readSource('--file', file, io));
    const put = await putPolicy(context, operator, { oid, name, grants: wanted, version });
    return put.allowed ? allow(putAnswer(policyToText(put.value))) : put;
  },
  async remote(client, { org: oid, name, file, etag }, io) {
    return putAnswer(await client.policies.put(oid, name, parseGrants(await readSource('--file', file, io)), { etag }));
  },
});

export const policyDelete = administration({
  words: ['policy', 'delete'],
  help: 'Delete a policy and revoke what it granted.',
  options: policyOptions,
  input: z.strictObject(policyShape),
  async run(context, { org: oid, name }) {
    const deleted = await deletePolicy(context, operator, { oid, name });
    return deleted.allowed ? allow(deletedAnswer(oid, name)) : deleted;
  },
  async remote(client, { org: oid, name }) {
    await client.policies.delete(oid, name);
    return deletedAnswer(oid, name);
  },
});

function policiesAnswer(policies: readonly PolicyAnswer[], more?: Readonly<Record<string, string>>): Answer {
  return listAnswer(policies, {
    columns: ['NAME', 'GROUPS'],
    row: ({ name, grants: granted }) => [name, String(Object.keys(granted).length)],
    json: policyOf,
    empty: 'no policies',
    more,
  });
}

function shownAnswer(policy: PolicyAnswer): Answer {
  return { json: { ...policyOf(policy) }, lines: [JSON.stringify(policy.grants, null, 2)] };
}

function putAnswer(policy: PolicyAnswer): Answer {
  return { json: { ...policyOf(policy) }, lines: [`policy ${policy.name} is in force`] };
}

function deletedAnswer(oid: string, name: string): Answer {
  return { json: { oid, name, deleted: true }, lines: [`policy ${name} is deleted`] };
}

/** Returns the name, grants and version of a policy. Omits the members that a service adds to a response. */
function policyOf({ name, grants: granted, etag }: PolicyAnswer): PolicyAnswer {
  return { name, grants: granted, etag };
}

function parseGrants(text: string): PolicyGrants {
  const parsed = grants.safeParse(parseJsonObject(Buffer.from(text, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new OptionError(
    '--file: must have groups, in each object types, and for each a list of read, write, add and delete',
  );
}

function policyToText({ name, grants: granted, version }: PolicyRow): PolicyAnswer {
  return { name, grants: granted, etag: String(version) };
}
