import { allow, deny, type Issue, type Outcome } from '@flairgate/core';
import { exchange } from '@flairgate/core/administration';
import { deadlines, grantKind, toDotted, withDeadline } from '@flairgate/core/internal';
import { z } from 'zod';
import { type Call, defineRoute, type Route } from '../route/define-route.js';
import { denyFields, explainIssues } from '../route/fields.js';
import { list, text, whole } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { checkSecret } from './check-secret.js';
import { findResource } from './resources.js';

const fields = z.object({
  secret: text('must be an API key').meta({ description: 'The API key', format: 'password' }),
  oid: text().toLowerCase().optional().describe('Organization; - for a token of a user without organizations'),
  uid: text().toLowerCase().optional().describe('User, for a key of the user'),
  expiry: whole().optional().describe('Unix time, or a number of seconds below 10^9 from now'),
  resource: text()
    .optional()
    .describe('Protected resource that the token is for (RFC 8707); one of those of the service'),
  perms: list().optional().describe('Narrows the token to these permissions; empty for none'),
});

const exchanged = z.object({
  jwt: z.string(),
  expires: z
    .int()
    .optional()
    .describe('Unix time at which the token expires; present if that is earlier than requested'),
  cut: z.literal(true).optional(),
});

/**
 * Creates the routes that exchange a key for a token, at `/jwt` and, if `exchangeAtRoot` is set, at `/`. The method is
 * `POST`; `GET` also works if `allowGetExchange` is set.
 */
export function exchangeRoutes(context: ServiceContext): readonly Route[] {
  return context.exchangeAtRoot ? [...routesAt('/jwt', context), ...routesAt('/', context)] : routesAt('/jwt', context);
}

function routesAt(path: '/jwt' | '/', context: ServiceContext): readonly Route[] {
  const { allowGetExchange: inQuery } = context;
  const methods = inQuery ? (['POST', 'GET'] as const) : (['POST'] as const);
  const summary = 'Exchange an API key for a token';
  return methods.map((method) =>
    defineRoute({
      method,
      path,
      summary: path === '/' ? `${summary}, at the address that LimaCharlie's clients use` : summary,
      needs: { kind: 'secret', inQuery },
      fields,
      answer: exchanged,
      handle: (call) => exchangeKey(context, call),
    }),
  );
}

async function exchangeKey(
  context: ServiceContext,
  { fields: { secret, oid, uid, expiry, perms, resource }, address, countedAs }: Call<unknown, z.output<typeof fields>>,
): Promise<Outcome<z.input<typeof exchanged>>> {
  const malformed = malformedOf(perms ?? []);
  if (malformed.length > 0) return denyFields(malformed);
  const target = resource === undefined ? 'own' : findResource(resource, context);
  if (target === undefined) return INVALID_TARGET;
  const audience = target === 'own' ? {} : target;
  const outcome = await checkSecret(context, { secret, countedAs }, () =>
    withDeadline(
      deadlines.exchangeMs,
      'an exchange',
      exchange(context.exchange, { secret, oid, uid, expiry, permissions: perms, ...audience }, address),
    ),
  );
  if (!outcome.allowed) return explainIssues(outcome);
  const { jwt, expiresAt } = outcome.value;
  const isCut = expiry !== undefined && expiresAt < toUnixTime(expiry, context.administration.now());
  return allow(isCut ? { jwt, expires: expiresAt, cut: true } : { jwt });
}

/**
 * Refusal for an unknown resource. Its detail begins with `invalid_target`, because clients look for this error name of
 * RFC 8707. The refusal has no list of issues, because such a list would replace the detail.
 */
const INVALID_TARGET = Object.freeze(
  deny('ERR_VALIDATION', {
    detail: 'invalid_target: resource must be one of the protected resources of this service',
  }),
);

/**
 * Returns an issue for each malformed permission. The issue names the permission's position and not its value, because
 * the value could be a pasted secret.
 */
function malformedOf(perms: readonly string[]): readonly Issue[] {
  return [...perms.entries()]
    .filter(([, name]) => grantKind(toDotted(name)) !== 'permission')
    .map(([place]) => ({ field: 'perms', message: `item ${place + 1} must be a permission` }));
}

/** Smallest `expiry` that is read as a Unix time. A smaller `expiry` is a number of seconds from now. */
const FIRST_UNIX_TIME = 1_000_000_000;

/**
 * Returns the requested expiry as a Unix time. A relative expiry is reduced by one second to allow for network delay.
 */
function toUnixTime(expiry: number, now: number): number {
  return expiry >= FIRST_UNIX_TIME ? expiry : Math.floor(now / 1000) + expiry - 1;
}
