import { allow, type Catalogue } from '@flairgate/core';
import {
  createFederation,
  deleteFederation,
  type ListedFederation,
  listFederations,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { explainIssues } from '../route/fields.js';
import { withIdempotencyKey } from '../route/idempotency-key.js';
import { flag, list, text, whole } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';
import { organizationParams } from './route-parts.js';

const federationsPath = '/v1/orgs/:oid/federations';
const federationNeeds = { kind: 'permissions', names: ['apikey.ctrl'] } as const;

/** Maps core's field names to those of the HTTP API. Refusals contain the names of the HTTP API. */
const FEDERATION_WIRE_NAMES = { permissions: 'perms' };

/**
 * Creates the routes that list, create and delete federations. A federation is a workload, such as a CI job, whose
 * external tokens an organization trusts.
 */
export function federationRoutes(context: ServiceContext): readonly Route[] {
  return [listFederationsRoute(context), createFederationRoute(context), deleteFederationRoute(context)];
}

const textList = z.array(z.string()).readonly();

const federationEntry = z.object({
  name: z.string(),
  priv: textList.describe('Permissions, with families expanded'),
  grants: textList.describe('Permissions and families as they were granted'),
  by: z.string().describe('Display name of the creator'),
  oid: z.string(),
  flairs: textList,
  created: z.int().describe('Unix time in seconds'),
  description: z.string().nullable(),
  issuer: z.string(),
  audience: z.string(),
  match: z.record(z.string(), z.string()).readonly(),
  ttl_seconds: z.int(),
  once: z.boolean(),
});

function federationToWire({ key, rule }: ListedFederation, catalogue: Catalogue): z.input<typeof federationEntry> {
  return {
    name: key.name,
    priv: catalogue.expand(key.permissions),
    grants: key.permissions,
    by: key.createdByName,
    oid: rule.oid,
    flairs: key.flairs,
    created: Math.floor(key.createdAt / 1000),
    description: key.description,
    issuer: rule.issuer,
    audience: rule.audience,
    match: rule.matches,
    ttl_seconds: rule.ttlSeconds,
    once: rule.once,
  };
}

function listFederationsRoute({ administration, catalogue }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: federationsPath,
    summary: 'List the workloads that an organization trusts',
    needs: federationNeeds,
    params: organizationParams,
    answer: z.object({ federations: z.record(z.string(), federationEntry) }),
    async handle({ params: { oid }, ...call }) {
      const listed = await listFederations(administration, actorOf(call), { oid });
      if (!listed.allowed) return listed;
      const entries = listed.value.map((each) => [each.key.keyId, federationToWire(each, catalogue)] as const);
      return allow({ federations: Object.fromEntries(entries) });
    },
  });
}

const matchedClaim = z
  .string({ error: 'must be claim=value, for each claim' })
  .regex(/^[^=]+=[\s\S]+$/, { error: 'must be claim=value, for each claim' })
  .transform((given) => [given.slice(0, given.indexOf('=')), given.slice(given.indexOf('=') + 1)] as const);

const matchList = z
  .array(matchedClaim, { error: 'is required' })
  .refine((pairs) => new Set(pairs.map(([name]) => name)).size === pairs.length, { error: 'must have each claim once' })
  .transform((pairs): Readonly<Record<string, string>> => Object.fromEntries(pairs));

function createFederationRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: federationsPath,
    summary: 'Trust a workload that another issuer vouches for',
    needs: federationNeeds,
    params: organizationParams,
    fields: z.object({
      name: text().describe('Name with its flairs, for example deploy[segment]'),
      issuer: text().describe('Exact issuer of its tokens, one that the operator allows'),
      audience: text().describe('Audience that its tokens must have'),
      match: matchList.describe('Claims that its tokens must have, each as claim=value'),
      perms: list().default([]).describe('Permissions and families'),
      ttl_seconds: whole().optional().describe('Lifetime of the tokens it gets, 900 by default'),
      once: flag().optional().describe('Exchange each token once only'),
      description: text().optional(),
    }),
    creates: true,
    answer: z.object({ federation_id: z.string(), name: z.string() }),
    async handle({ params: { oid }, fields, ...call }) {
      const { perms: permissions, match: matches, ttl_seconds: ttlSeconds, ...rest } = fields;
      const context = withIdempotencyKey(administration, { ...call, create: 'federation', params: { oid }, fields });
      const created = await createFederation(context, actorOf(call), {
        ...rest,
        oid,
        permissions,
        matches,
        ttlSeconds,
      });
      if (!created.allowed) return explainIssues(created, FEDERATION_WIRE_NAMES);
      return allow({ federation_id: created.value.federationId, name: created.value.name });
    },
  });
}

function deleteFederationRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'DELETE',
    path: federationsPath,
    summary: 'End the trust in a workload, and every token it got',
    needs: federationNeeds,
    params: organizationParams,
    fields: z.object({ federation_id: text().describe('Public id of the federation') }),
    answer: z.object({ success: z.literal(true) }),
    async handle({ params: { oid }, fields: { federation_id: federationId }, ...call }) {
      const deleted = await deleteFederation(administration, actorOf(call), { oid, federationId });
      return deleted.allowed ? allow({ success: true as const }) : deleted;
    },
  });
}
