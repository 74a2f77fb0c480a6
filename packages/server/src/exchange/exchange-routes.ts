import type { Issue, Outcome } from '@flairgate/core';
import { exchange } from '@flairgate/core/administration';
import { deadlines, grantKind, withDeadline } from '@flairgate/core/internal';
import { z } from 'zod';
import { type Call, defineRoute, type Route } from '../route/define-route.js';
import { denyFields, explainIssues } from '../route/fields.js';
import { list, text, whole } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { checkSecret } from './check-secret.js';

const fields = z.object({
  secret: text('must be an API key').describe('The API key'),
  oid: text().toLowerCase().optional().describe('Organization; - for a token of a user without organizations'),
  uid: text().toLowerCase().optional().describe('User, for a key of the user'),
  expiry: whole().optional().describe('Unix time, or a number of seconds below 10^9 from now'),
  perms: list().optional().describe('Narrows the token to these permissions; empty for none'),
});

/** Creates the routes that exchange a key for a token: by `POST`, and by `GET` if that is allowed. */
export function exchangeRoutes(context: ServiceContext): readonly Route[] {
  const { allowGetExchange: inQuery } = context;
  const methods = inQuery ? (['POST', 'GET'] as const) : (['POST'] as const);
  return methods.map((method) =>
    defineRoute({
      method,
      path: '/jwt',
      summary: 'Exchange an API key for a token',
      needs: { kind: 'secret', inQuery },
      fields,
      answer: z.object({ jwt: z.string() }),
      handle: (call) => exchangeKey(context, call),
    }),
  );
}

async function exchangeKey(
  context: ServiceContext,
  { fields: { secret, oid, uid, expiry, perms }, address, countedAs }: Call<unknown, z.output<typeof fields>>,
): Promise<Outcome<{ jwt: string }>> {
  const malformed = malformedOf(perms ?? []);
  if (malformed.length > 0) return denyFields(malformed);
  const outcome = await checkSecret(context, { secret, countedAs }, () =>
    withDeadline(
      deadlines.exchangeMs,
      'an exchange',
      exchange(context.exchange, { secret, oid, uid, expiry, permissions: perms }, address),
    ),
  );
  // Only the token leaves: whatever else the command may say one day is not for the caller.
  return outcome.allowed ? { allowed: true, value: { jwt: outcome.value.jwt } } : explainIssues(outcome);
}

/** Lists malformed permissions by position. Their text is not repeated, because it could be a pasted secret. */
function malformedOf(perms: readonly string[]): readonly Issue[] {
  return [...perms.entries()]
    .filter(([, name]) => grantKind(name) !== 'permission')
    .map(([place]) => ({ field: 'perms', message: `item ${place + 1} must be a permission` }));
}
