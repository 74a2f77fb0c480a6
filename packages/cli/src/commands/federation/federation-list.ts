import { allow } from '@flairgate/core';
import { deleteFederation, type ListedFederation, listFederations } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';
import { listAnswer } from '../list-answer.js';

export const federationList = administration({
  words: ['federation', 'list'],
  help: 'List the workloads that an organization trusts.',
  options: [{ flags: '--org <org>', help: 'organization', required: true }],
  input: z.strictObject({ org: z.string() }),
  async run(context, { org: oid }) {
    const listed = await listFederations(context, operator, { oid });
    if (!listed.allowed) return listed;
    return allow(federationsAnswer(listed.value.map(federationToItem)));
  },
  async remote(client, { org: oid }) {
    const listed = Object.entries(await client.federations.list(oid));
    return federationsAnswer(
      listed.map(([id, { name, grants: permissions, issuer, audience, match, ttl_seconds, once, created }]) => {
        return { federation_id: id, name, permissions, issuer, audience, match, ttl_seconds, once, created };
      }),
    );
  },
});

export const federationDelete = administration({
  words: ['federation', 'delete'],
  help: 'End the trust in a workload, and every token it got.',
  options: [
    { flags: '--org <org>', help: 'organization', required: true },
    { flags: '--federation <id>', help: 'public id of the federation, from a list', required: true },
  ],
  input: z.strictObject({ org: z.string(), federation: z.string() }),
  async run(context, { org: oid, federation: federationId }) {
    const deleted = await deleteFederation(context, operator, { oid, federationId });
    if (!deleted.allowed) return deleted;
    return allow(deletedAnswer(federationId));
  },
  async remote(client, { org: oid, federation: federationId }) {
    await client.federations.delete(oid, federationId);
    return deletedAnswer(federationId);
  },
});

type FederationItem = ReturnType<typeof federationToItem>;

function federationToItem({ key, rule }: ListedFederation) {
  return {
    federation_id: key.keyId,
    name: key.name,
    permissions: key.permissions,
    issuer: rule.issuer,
    audience: rule.audience,
    match: rule.matches,
    ttl_seconds: rule.ttlSeconds,
    once: rule.once,
    created: Math.floor(key.createdAt / 1000),
  };
}

function federationsAnswer(items: readonly FederationItem[]): Answer {
  return listAnswer(items, {
    columns: ['ID', 'NAME', 'ISSUER', 'MATCH'],
    row: ({ federation_id: id, name, issuer, match }) => [
      id,
      name,
      issuer,
      Object.entries(match)
        .map(([claim, value]) => `${claim}=${value}`)
        .join(' '),
    ],
    empty: 'no federations',
  });
}

function deletedAnswer(federationId: string): Answer {
  return {
    json: { federation_id: federationId, deleted: true },
    lines: [`federation ${federationId} is deleted`],
  };
}
