import { allow } from '@flairgate/core';
import {
  type AccessExplanation,
  type ExplainAccessInput,
  explainAccess,
  readOrganization,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

const shape = z.object({
  org: z.string(),
  hash: z.string().optional(),
  uid: z.string().optional(),
  type: z.string().optional(),
  id: z.string().optional(),
  createdBy: z.string().optional(),
  lockedBy: z.string().optional(),
  secretTo: z.string().optional(),
});

const keyExplainInput = shape
  .refine(({ hash, uid }) => (hash === undefined) !== (uid === undefined), {
    message: 'give exactly one of --hash and --uid',
  })
  .refine(({ type, id }) => (type === undefined) === (id === undefined), { message: 'give --type and --id together' })
  .refine((given) => given.type === undefined || !namesOwnership(given), {
    message: 'give either --type and --id or an ownership',
  });

type GivenRequest = z.output<typeof shape>;

export const keyExplain = administration({
  words: ['key', 'explain'],
  help: 'Explain what a key may do with a resource behind a guard, or with a given ownership, and why.',
  options: [
    { flags: '--org <oid>', help: 'organization: its id, or its name if only one has it', required: true },
    { flags: '--hash <key_hash>', help: 'public id of the key, from a list' },
    { flags: '--uid <uid>', help: 'user, with their API-user key, in place of --hash' },
    { flags: '--type <type>', help: 'type of the guard, for example rule' },
    { flags: '--id <id>', help: 'id of the resource' },
    { flags: '--created-by <identity>', help: 'identity that created it, without --type (default none)' },
    { flags: '--locked-by <identity>', help: 'identity that locks it, without --type (default none)' },
    { flags: '--secret-to <secret-id>', help: 'secret id that it is secret to, without --type (default none)' },
  ],
  input: keyExplainInput,
  async run(context, given) {
    const { org: oid } = given;
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    const explained = await explainAccess(context, operator, { oid, ...toExplained(given) });
    return explained.allowed ? allow({ json: jsonOf(explained.value), lines: linesOf(explained.value) }) : explained;
  },
});

function namesOwnership({ createdBy, lockedBy, secretTo }: GivenRequest): boolean {
  return createdBy !== undefined || lockedBy !== undefined || secretTo !== undefined;
}

function toExplained(given: GivenRequest): Pick<ExplainAccessInput, 'subject' | 'resource'> {
  const { hash, uid = '', type, id = '', createdBy = null, lockedBy = null, secretTo = null } = given;
  return {
    subject: hash === undefined ? { uid } : { keyId: hash },
    resource: type === undefined ? { ownership: { createdBy, lockedBy, secretTo } } : { type, id },
  };
}

function jsonOf({ caller, resource, decisions }: AccessExplanation) {
  const { party, keyId, uid, ident, state, flairs, owner, grants } = caller;
  const { type, id, ownership } = resource;
  return {
    key: { key_hash: keyId, uid, identity: party.identity, ident, state, flairs, owner, permissions: grants },
    resource: {
      type,
      id,
      created_by: ownership.createdBy,
      locked_by: ownership.lockedBy,
      secret: ownership.secretTo !== null,
    },
    decisions,
  };
}

function linesOf({ caller, decisions, names }: AccessExplanation): readonly string[] {
  return [
    `${caller.ident} (${caller.state}):`,
    ...decisions.map(({ action, allowed, because, holder }) => {
      const by = holder === undefined ? '' : ` (locked by ${names.get(holder) ?? holder})`;
      return `  ${allowed ? 'may' : 'may not'} ${action}: ${because}${by}`;
    }),
  ];
}
