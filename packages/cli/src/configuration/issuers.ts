import { FOREIGN_ALGORITHMS } from '@flairgate/core/internal';
import {
  type FederationIssuerOptions,
  type IssuerOptions,
  type IssuerRights,
  PROVIDER_NAMES,
} from '@flairgate/core/tokens';
import { z } from 'zod';
import { flagField, integerField, oneOfField, text } from './fields.js';

const names = z.array(text('a name'), { error: 'must be a list of names' });

const ISSUER_FLAIRS = ['bulk', 'lock', 'secret', 'segment', 'root'] as const;

/** Schema of an external token issuer, whose tokens the service accepts in addition to its own. */
const issuer = z.strictObject(
  {
    issuer: text('the exact `iss` of its tokens'),
    audience: z.union([text('a name or a list of names'), names.min(1)], {
      error: 'must be a name or a list of names',
    }),
    provider: oneOfField(PROVIDER_NAMES).optional(),
    jwks_uri: z.url({ protocol: /^https?$/, error: 'must be the URL of its key set' }).optional(),
    allow_http: names.optional(),
    allow_private_addresses: flagField().optional(),
    algorithms: z.array(oneOfField(FOREIGN_ALGORITHMS), { error: 'must be a list of algorithms' }).optional(),
    audience_claim: oneOfField(['aud', 'client_id', 'azp', 'iss']).optional(),
    azp: z.union([text('a name or a list of names'), names.min(1)]).optional(),
    required_claims: z.record(z.string(), z.union([z.string(), names.min(1)])).optional(),
    rights: z.array(z.looseObject({}), { error: 'must be a list of rows' }).optional(),
    types: z.array(z.string(), { error: 'must be a list of values of `typ`' }).optional(),
    max_seconds: integerField(1, 2_678_400).optional(),
    clock_tolerance_seconds: integerField(0, 300).optional(),
    require_jti: flagField().optional(),
    ignored_header_members: z
      .array(oneOfField(['x5t', 'x5t#S256', 'cat']), { error: 'must be a list of x5t, x5t#S256 and cat' })
      .optional(),
    accepts: z
      .strictObject(
        {
          permissions: names,
          flairs: z.array(oneOfField(ISSUER_FLAIRS), { error: 'must be a list of flairs' }).default([]),
          organizations: z.union([z.literal('all'), names], { error: 'must be all, or a list of their ids' }),
        },
        {
          error: ({ code }) =>
            code === 'invalid_type' ? 'must have `permissions` and `organizations` below it' : undefined,
        },
      )
      .optional(),
  },
  {
    error: ({ code }) => (code === 'invalid_type' ? 'must have `issuer` and `audience` below it' : undefined),
  },
);

/** Schema of the list of external token issuers. */
export const issuerList = z.array(issuer, { error: 'must be a list of issuers' });

const federationIssuer = z.strictObject(
  {
    issuer: text('the exact `iss` of its tokens'),
    provider: oneOfField(PROVIDER_NAMES).optional(),
    jwks_uri: z.url({ protocol: /^https?$/, error: 'must be the URL of its key set' }).optional(),
    immutable_claims: names.min(1, { error: 'must be a list of names' }).optional(),
    once: flagField().optional(),
  },
  { error: ({ code }) => (code === 'invalid_type' ? 'must have `issuer` below it' : undefined) },
);

/**
 * Schema of the list of issuers for federations. A federation is a workload, such as a CI job, that exchanges tokens of
 * one of these issuers for tokens of the service.
 */
export const federationIssuerList = z.array(federationIssuer, { error: 'must be a list of issuers' });

/** Converts the issuers for federations to service options. */
export function toFederationIssuers(given: z.output<typeof federationIssuerList>): readonly FederationIssuerOptions[] {
  return given.map(({ issuer: name, provider, jwks_uri: jwksUri, immutable_claims: immutableClaims, once }) => ({
    issuer: name,
    ...definedOf({ provider, jwksUri, immutableClaims, once }),
  }));
}

/**
 * Converts the external token issuers to service options. With these options, the service fetches the public keys of
 * the issuers.
 */
export async function toIssuers(given: z.output<typeof issuerList>): Promise<readonly IssuerOptions[]> {
  const { oidcIssuer } = await import('@flairgate/express');
  return given.map((entry) =>
    oidcIssuer({
      issuer: entry.issuer,
      audience: entry.audience,
      // A host with http allowed is in the operator's own network, so private addresses are allowed by default.
      allowPrivateAddresses: entry.allow_private_addresses ?? entry.allow_http !== undefined,
      ...definedOf({
        provider: entry.provider,
        jwksUri: entry.jwks_uri,
        allowHttp: entry.allow_http,
        algorithms: entry.algorithms,
        types: entry.types,
        maxTokenSeconds: entry.max_seconds,
        clockToleranceSeconds: entry.clock_tolerance_seconds,
        requireJti: entry.require_jti,
        ignoredHeaderMembers: entry.ignored_header_members,
        audienceClaim: entry.audience_claim,
        azp: entry.azp,
        requiredClaims: entry.required_claims,
        // The rights are checked where they are used, with error messages that name their members.
        rights: entry.rights as IssuerRights | undefined,
        accepts: entry.accepts,
      }),
    }),
  );
}

/** Returns a copy of the object without its undefined members. */
export function definedOf<T extends object>(given: T): { [N in keyof T]?: Exclude<T[N], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [N in keyof T]?: Exclude<T[N], undefined>;
  };
}
