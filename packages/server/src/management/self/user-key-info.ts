import { allow } from '@flairgate/core';
import { userKeyInfo } from '@flairgate/core/administration';
import { z } from 'zod';
import { checkSecret } from '../../exchange/check-secret.js';
import { defineRoute, type Route } from '../../route/define-route.js';
import { flag, text } from '../../route/schema.js';
import type { ServiceContext } from '../../service-context.js';

/**
 * Creates the routes that list the organizations of a user. The request contains the user's id and one of the user's
 * keys, and needs no other credential.
 */
export function userKeyInfoRoutes(context: ServiceContext): readonly Route[] {
  const { allowGetExchange: inQuery } = context;
  const methods = inQuery ? (['POST', 'GET'] as const) : (['POST'] as const);
  return methods.map((method) =>
    defineRoute({
      method,
      path: '/user_key_info',
      summary: "List the organizations of a user's key",
      needs: { kind: 'secret', inQuery },
      fields: z.object({
        uid: text().toLowerCase(),
        secret: text('must be an API key').meta({ format: 'password' }),
        with_names: flag().optional().describe('True to return names in addition to the ids'),
      }),
      answer: z.object({ orgs: z.array(z.string()), names: z.record(z.string(), z.string()).optional() }),
      async handle({ fields: { uid, secret, with_names: withNames = false }, address, countedAs }) {
        const info = await checkSecret(context, { secret, countedAs }, () =>
          userKeyInfo(context.exchange, { uid, secret, withNames }, address),
        );
        if (!info.allowed) return info;
        const { orgs, names } = info.value;
        return allow({ orgs: [...orgs], ...(names === undefined ? {} : { names }) });
      },
    }),
  );
}
