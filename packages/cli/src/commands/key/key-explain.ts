import type { ExplainAnswer, ExplainedAction } from '@flairgate/client';
import { allow } from '@flairgate/core';
import {
  type AccessExplanation,
  type ExplainAccessInput,
  explainAccess,
  readOrganization,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration, userOption } from '../../command.js';
import { operator } from '../../context.js';

const shape = z.strictObject({
  org: z.string(),
  hash: z.string().optional(),
  user: z.string().optional(),
  type: z.string().optional(),
  id: z.string().optional(),
  createdBy: z.string().optional(),
  lockedBy: z.string().optional(),
  secretTo: z.string().optional(),
});

const keyExplainInput = shape
  .refine(({ hash, user }) => (hash === undefined) !== (user === undefined), {
    message: 'give exactly one of --hash and --user',
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
    { flags: '--org <org>', help: 'organization: its id, or its name if only one has it', required: true },
    { flags: '--hash <key_hash>', help: 'public id of the key, from a list' },
    { ...userOption, help: 'user, with their API-user key, in place of --hash: e-mail address or uid' },
    { flags: '--type <type>', help: 'type of the guard, for example rule' },
    { flags: '--id <id>', help: 'id of the resource' },
    { flags: '--created-by <identity>', help: 'identity that created it, without --type (default: none)' },
    { flags: '--locked-by <identity>', help: 'identity that locks it, without --type (default: none)' },
    { flags: '--secret-to <secret-id>', help: 'secret id that it is secret to, without --type (default: none)' },
  ],
  input: keyExplainInput,
  async run(context, given) {
    const { org: oid } = given;
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    const explained = await explainAccess(context, operator, { oid, ...toExplained(given) });
    return explained.allowed ? allow({ json: jsonOf(explained.value), lines: linesOf(explained.value) }) : explained;
  },
  async remote(client, given) {
    const { subject, resource } = toExplained(given);
    const of = 'keyId' in subject ? { keyHash: subject.keyId } : subject;
    return remoteAnswer(await client.explain(given.org, { ...of, ...resource }));
  },
});

function namesOwnership({ createdBy, lockedBy, secretTo }: GivenRequest): boolean {
  return createdBy !== undefined || lockedBy !== undefined || secretTo !== undefined;
}

function toExplained(given: GivenRequest): Pick<ExplainAccessInput, 'subject' | 'resource'> {
  const { hash, user: uid = '', type, id = '', createdBy = null, lockedBy = null, secretTo = null } = given;
  return {
    subject: hash === undefined ? { uid } : { keyId: hash },
    resource: type === undefined ? { ownership: { createdBy, lockedBy, secretTo } } : { type, id },
  };
}

function jsonOf({ caller, resource, decisions }: AccessExplanation) {
  const { organizationCaller, keyId, uid, ident, state, flairs, owner, grants } = caller;
  const { type, id, ownership } = resource;
  return {
    key: {
      key_hash: keyId,
      uid,
      identity: organizationCaller.identity,
      ident,
      state,
      flairs,
      owner,
      permissions: grants,
    },
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

function remoteAnswer({ key, resource, decisions }: ExplainAnswer): Answer {
  const { type, id, createdBy, lockedBy, secret } = resource;
  return {
    json: {
      key,
      resource: { type, id, created_by: createdBy?.identity ?? null, locked_by: lockedBy?.identity ?? null, secret },
      decisions,
    },
    lines: explanationLines(key, decisions, (holder) => lockedBy?.name ?? holder),
  };
}

function linesOf({ caller, decisions, names }: AccessExplanation): readonly string[] {
  return explanationLines(caller, decisions, (holder) => names.get(holder) ?? holder);
}

function explanationLines(
  { ident, state }: { readonly ident: string; readonly state: string },
  decisions: readonly Pick<ExplainedAction, 'action' | 'allowed' | 'because' | 'holder'>[],
  nameOf: (holder: string) => string,
): readonly string[] {
  return [
    `${ident} (${state}):`,
    ...decisions.map(({ action, allowed, because, holder }) => {
      const by = holder === undefined ? '' : ` (locked by ${nameOf(holder)})`;
      return `  ${allowed ? 'may' : 'may not'} ${action}: ${because}${by}`;
    }),
  ];
}
