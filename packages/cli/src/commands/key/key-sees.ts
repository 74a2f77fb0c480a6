import type { ExplainAllAnswer, ExplainedAction } from '@flairgate/client';
import { allow } from '@flairgate/core';
import { explainResources, readOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration, userOption } from '../../command.js';
import { operator } from '../../context.js';
import { listAnswer } from '../list-answer.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';

export const keySees = administration({
  words: ['key', 'sees'],
  help: 'List what a key may do with each resource of a type behind a guard, and why.',
  options: [
    { flags: '--org <org>', help: 'organization: its id, or its name if only one has it', required: true },
    { flags: '--hash <key_hash>', help: 'public id of the key, from a list' },
    { ...userOption, help: 'user, with their API-user key, in place of --hash: e-mail address or uid' },
    { flags: '--type <type>', help: 'type of the guard, for example rule', required: true },
    ...pageOptions,
  ],
  input: z
    .strictObject({
      org: z.string(),
      hash: z.string().optional(),
      user: z.string().optional(),
      type: z.string(),
      ...pageShape,
    })
    .refine(({ hash, user }) => (hash === undefined) !== (user === undefined), {
      message: 'give exactly one of --hash and --user',
    }),
  async run(context, { org: oid, hash, user: uid = '', type, ...page }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    const subject = hash === undefined ? { uid } : { keyId: hash };
    const explained = await explainResources(context, operator, { oid, subject, type, ...page });
    if (!explained.allowed) return explained;
    const { caller, entries, names } = explained.value;
    const nameOf = (id: string | null) => (id === null ? null : { identity: id, name: names.get(id) ?? null });
    const resources = entries.map(({ id, ownership: { createdBy, lockedBy, secretTo }, decisions }) => ({
      type,
      id,
      createdBy: nameOf(createdBy),
      lockedBy: nameOf(lockedBy),
      secret: secretTo !== null,
      decisions,
    }));
    const { keyId, ident, state } = caller;
    return allow(resourcesAnswer({ key_hash: keyId, ident, state }, resources, nextCursor(explained.value)));
  },
  async remote(client, { org, hash, user: uid = '', type, limit, cursor }) {
    const subject = hash === undefined ? { uid } : { keyHash: hash };
    const page = { ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) };
    const { key, resources, next_cursor: next } = await client.explainAll(org, { ...subject, type, ...page });
    const { key_hash: keyHash, ident, state } = key;
    return resourcesAnswer({ key_hash: keyHash, ident, state }, resources, next === undefined ? {} : { cursor: next });
  },
});

function resourcesAnswer(
  key: Readonly<Record<string, string | null>>,
  resources: ExplainAllAnswer['resources'],
  more: Readonly<Record<string, string>>,
): Answer {
  return listAnswer(resources, {
    columns: ['RESOURCE', 'SEES IT', 'CONTENT', 'CHANGES IT', 'LOCKED BY', 'BECAUSE'],
    row: resourceRow,
    empty: 'no resources of this type have ownership',
    about: { key },
    more,
  });
}

function resourceRow({ id, lockedBy, decisions }: ExplainAllAnswer['resources'][number]): readonly string[] {
  const of = (action: ExplainedAction['action']) => decisions.find((decision) => decision.action === action);
  const know = of('know')?.allowed === true;
  const read = of('read')?.allowed === true;
  const update = of('update')?.allowed === true;
  const refused = decisions.find(({ allowed }) => !allowed);
  const content = know ? (read ? 'shown' : 'blank') : '-';
  return [id, yes(know), content, yes(update), lockedBy?.name ?? lockedBy?.identity ?? '-', refused?.because ?? '-'];
}

function yes(allowed: boolean): string {
  return allowed ? 'yes' : 'no';
}
