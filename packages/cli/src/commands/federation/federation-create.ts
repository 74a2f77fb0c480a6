import { allow } from '@flairgate/core';
import { createFederation } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';

/**
 * Schema of a text with the name of a claim and the value that the claim must have, such as `repository_id=74`. The
 * value may itself contain `=`.
 */
const matchText = z
  .string()
  .regex(/^[^=]+=[\s\S]+$/, { error: 'must be CLAIM=VALUE' })
  .transform((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const);

const federationCreateInput = z.strictObject({
  org: z.string(),
  name: z.string(),
  issuer: z.string(),
  audience: z.string(),
  match: z
    .array(matchText)
    .min(1)
    .refine((pairs) => new Set(pairs.map(([claim]) => claim)).size === pairs.length, {
      error: '--match: must have each claim once',
    }),
  permission: z.array(z.string()).default([]),
  ttlSeconds: z.coerce.number().int().optional(),
  once: z.boolean().optional(),
  reusable: z.boolean().optional(),
  description: z.string().optional(),
});

export const federationCreate = administration({
  words: ['federation', 'create'],
  help: 'Trust a workload that another issuer vouches for, such as a CI job.',
  options: [
    { flags: '--org <org>', help: 'organization of the workload', required: true },
    { flags: '--name <text>', help: 'name with its flairs', required: true },
    { flags: '--issuer <url>', help: 'exact issuer of its tokens, one of federation.issuers', required: true },
    { flags: '--audience <text>', help: 'audience that its tokens must have', required: true },
    { flags: '--match <claim=value...>', help: 'claims that its tokens must have; can be repeated', required: true },
    { flags: '--permission <name...>', help: 'permissions and families; can be repeated' },
    { flags: '--ttl-seconds <number>', help: 'lifetime of the tokens it gets (default: 900)' },
    { flags: '--once', help: 'exchange each token once, the default for GitHub Actions and GitLab' },
    { flags: '--reusable', help: 'exchange a token until it expires, the default for other issuers' },
    { flags: '--description <text>', help: 'purpose of the federation' },
  ],
  input: federationCreateInput.refine(({ once, reusable }) => once === undefined || reusable === undefined, {
    message: 'give either --once or --reusable',
  }),
  async run(context, { org: oid, permission, match: pairs, once, reusable, ...rest }) {
    const created = await createFederation(context, operator, {
      ...rest,
      oid,
      permissions: permission,
      matches: Object.fromEntries(pairs),
      once: once ?? (reusable === true ? false : undefined),
    });
    if (!created.allowed) return created;
    return allow(createdFederationAnswer(created.value.federationId, created.value.name));
  },
  async remote(client, { org: oid, permission, match: pairs, once, reusable, ttlSeconds, description, ...rest }) {
    const chosen = once ?? (reusable === true ? false : undefined);
    const { federation_id: federationId, name } = await client.federations.create(oid, {
      ...rest,
      permissions: permission,
      match: Object.fromEntries(pairs),
      ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
      ...(chosen === undefined ? {} : { once: chosen }),
      ...(description === undefined ? {} : { description }),
    });
    return createdFederationAnswer(federationId, name);
  },
});

function createdFederationAnswer(federationId: string, name: string): Answer {
  return {
    json: { federation_id: federationId, name },
    lines: [`federation ${name}`, `federation_id ${federationId}`],
  };
}
