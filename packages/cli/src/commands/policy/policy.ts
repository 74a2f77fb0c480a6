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
import { administration, type CommandOption } from '../../command.js';
import { operator } from '../../context.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';
import { readSource } from '../read-source.js';

const org: CommandOption = {
  flags: '--org <oid>',
  help: 'organization: its id, or its name if only one has it',
  required: true,
};
const policyOptions: readonly CommandOption[] = [
  org,
  { flags: '--name <text>', help: 'name of the policy', required: true },
];
const shape = { org: z.string(), name: z.string() };
const grants = z.record(z.string(), z.record(z.string(), z.array(z.enum(['read', 'write', 'add', 'delete']))));

export const policyList = administration({
  words: ['policy', 'list'],
  help: 'List the policies of an organization.',
  options: [org, ...pageOptions],
  input: z.object({ org: z.string(), ...pageShape }),
  async run(context, { org: oid, ...page }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    const listed = await listPolicies(context, operator, { oid, ...page });
    if (!listed.allowed) return listed;
    const policies = listed.value.entries.map(policyToText);
    return allow({
      json: { items: policies, ...nextCursor(listed.value) },
      lines: [],
      table: {
        columns: ['NAME', 'GROUPS'],
        rows: policies.map(({ name, grants: granted }) => [name, String(Object.keys(granted).length)]),
        empty: 'no policies',
      },
    });
  },
});

export const policyShow = administration({
  words: ['policy', 'show'],
  help: 'Show what a policy grants.',
  options: policyOptions,
  input: z.object(shape),
  async run(context, { org: oid, name }) {
    const found = await readPolicy(context, operator, { oid, name });
    return found.allowed
      ? allow({ json: policyToText(found.value), lines: [JSON.stringify(found.value.grants, null, 2)] })
      : found;
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
  input: z.object({ ...shape, file: z.string(), etag: z.string().optional() }),
  async run(context, { org: oid, name, file, etag: version }, io) {
    const wanted = parseGrants(await readSource('--file', file, io));
    const put = await putPolicy(context, operator, { oid, name, grants: wanted, version });
    return put.allowed ? allow({ json: policyToText(put.value), lines: [`policy ${name} is in force`] }) : put;
  },
});

export const policyDelete = administration({
  words: ['policy', 'delete'],
  help: 'Delete a policy and revoke what it granted.',
  options: policyOptions,
  input: z.object(shape),
  async run(context, { org: oid, name }) {
    const deleted = await deletePolicy(context, operator, { oid, name });
    return deleted.allowed
      ? allow({ json: { oid, name, deleted: true }, lines: [`policy ${name} is deleted`] })
      : deleted;
  },
});

function parseGrants(text: string): PolicyGrants {
  const parsed = grants.safeParse(parseJsonObject(Buffer.from(text, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new OptionError(
    '--file: must have groups, in each object types, and for each a list of read, write, add and delete',
  );
}

function policyToText({ name, grants: granted, version }: PolicyRow) {
  return { name, grants: granted, etag: String(version) };
}
