import type { IntrospectionAnswer } from '@flairgate/client';
import { introspect } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { text } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { assertService } from './assert-service.js';

const texts = z.array(z.string());

const introspectionAnswer: z.ZodType<IntrospectionAnswer, IntrospectionAnswer> = z.union([
  z.object({
    active: z.literal(true),
    iss: z.string(),
    aud: z.exactOptional(z.union([z.string(), texts])),
    sub: z.string(),
    sid: z.string(),
    kind: z.string(),
    name: z.string(),
    ident: z.string(),
    kid: z.exactOptional(z.string()),
    uid: z.exactOptional(z.string()),
    organizations: z.record(z.string(), z.object({ permissions: texts, flairs: texts, owner: z.boolean() })),
    inc: z.string(),
    rev: z.int(),
    exp: z.exactOptional(z.int()),
    ranges: z.exactOptional(texts),
    actors: z.exactOptional(texts),
  }),
  z.object({ active: z.literal(false) }),
]);

/**
 * Creates the route that describes a caller's credential to a service. The response contains the caller's rights only
 * in the organizations that this service serves.
 *
 * @see RFC 7662 §2
 */
export function introspectRoute({ fleet }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/oauth/introspect',
    summary: 'Introspect an API key or a token',
    needs: { kind: 'service' },
    refusals: 'oauth',
    fields: z.object({
      token: z.string({ error: 'is required' }).min(1, { error: 'is required' }).describe('The API key or token'),
      token_type_hint: text().optional().describe('Accepted and ignored'),
      address: text().optional().describe("Address of the caller, to check the key's ranges here"),
    }),
    answer: introspectionAnswer,
    handle: ({ fields: { token, address }, caller }) => introspect(fleet, assertService(caller), { token, address }),
  });
}
