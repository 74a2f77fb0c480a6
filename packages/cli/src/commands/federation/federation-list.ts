import { allow } from '@flairgate/core';
import { deleteFederation, type ListedFederation, listFederations } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration, type OutputTable } from '../../command.js';
import { operator } from '../../context.js';

export const federationList = administration({
  words: ['federation', 'list'],
  help: 'List the workloads that an organization trusts.',
  options: [{ flags: '--org <oid>', help: 'organization', required: true }],
  input: z.object({ org: z.string() }),
  async run(context, { org: oid }) {
    const listed = await listFederations(context, operator, { oid });
    if (!listed.allowed) return listed;
    return allow({
      json: { items: listed.value.map(federationToAnswer) },
      lines: [],
      table: federationTable(listed.value),
    });
  },
});

export const federationDelete = administration({
  words: ['federation', 'delete'],
  help: 'End the trust in a workload, and every token it got.',
  options: [
    { flags: '--org <oid>', help: 'organization', required: true },
    { flags: '--federation <federation_id>', help: 'public id of the federation, from a list', required: true },
  ],
  input: z.object({ org: z.string(), federation: z.string() }),
  async run(context, { org: oid, federation: federationId }) {
    const deleted = await deleteFederation(context, operator, { oid, federationId });
    if (!deleted.allowed) return deleted;
    return allow({
      json: { federation_id: federationId, deleted: true },
      lines: [`federation ${federationId} is deleted`],
    });
  },
});

function federationToAnswer({ key, rule }: ListedFederation) {
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

function federationTable(federations: readonly ListedFederation[]): OutputTable {
  return {
    columns: ['ID', 'NAME', 'ISSUER', 'MATCH'],
    rows: federations.map(({ key, rule }) => [
      key.keyId,
      key.name,
      rule.issuer,
      Object.entries(rule.matches)
        .map(([claim, value]) => `${claim}=${value}`)
        .join(' '),
    ]),
    empty: 'no federations',
  };
}
