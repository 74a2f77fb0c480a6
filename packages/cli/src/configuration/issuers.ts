import { createJwksSource, type IssuerOptions } from '@flairgate/core/tokens';
import { z } from 'zod';
import { flagField, integerField, oneOfField, text } from './fields.js';

const names = z.array(text('a name'), { error: 'must be a list of names' });

const ISSUER_FLAIRS = ['bulk', 'lock', 'secret', 'segment', 'root'] as const;

/** One further issuer whose tokens are taken. */
const issuer = z.strictObject(
  {
    issuer: text('the exact `iss` of its tokens'),
    audience: z.union([text('a name or a list of names'), names.min(1)], {
      error: 'must be a name or a list of names',
    }),
    jwks_uri: z.url({ protocol: /^https?$/, error: 'must be the URL of its key set' }),
    allow_http: names.optional(),
    algorithms: z.array(oneOfField(['ES256', 'RS256']), { error: 'must be a list of ES256 and RS256' }).optional(),
    types: z.array(z.string(), { error: 'must be a list of values of `typ`' }).optional(),
    max_seconds: integerField(1, 2_678_400).optional(),
    clock_tolerance_seconds: integerField(0, 300).optional(),
    require_jti: flagField().optional(),
    ignored_header_members: z
      .array(oneOfField(['x5t', 'x5t#S256']), { error: 'must be a list of x5t and x5t#S256' })
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
    error: ({ code }) =>
      code === 'invalid_type' ? 'must have `issuer`, `audience` and `jwks_uri` below it' : undefined,
  },
);

/** Further issuers, one entry each. */
export const issuerList = z.array(issuer, { error: 'must be a list of issuers' });

/** Returns the issuers as options, with sources that fetch their keys. */
export function toIssuers(given: z.output<typeof issuerList>): readonly IssuerOptions[] {
  return given.map((entry) => ({
    issuer: entry.issuer,
    audience: entry.audience,
    keys: createJwksSource({
      url: entry.jwks_uri,
      fetch,
      clock: Date.now,
      ...(entry.allow_http === undefined ? {} : { allowHttp: entry.allow_http }),
    }),
    ...definedOf({
      algorithms: entry.algorithms,
      types: entry.types,
      maxTokenSeconds: entry.max_seconds,
      clockToleranceSeconds: entry.clock_tolerance_seconds,
      requireJti: entry.require_jti,
      ignoredHeaderMembers: entry.ignored_header_members,
      accepts: entry.accepts,
    }),
  }));
}

/** Returns the members that are set. */
export function definedOf<T extends object>(given: T): { [N in keyof T]?: Exclude<T[N], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [N in keyof T]?: Exclude<T[N], undefined>;
  };
}
