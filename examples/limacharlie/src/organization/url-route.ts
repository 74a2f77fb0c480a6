import { allow } from '@flairgate/core';
import { defineRoute, type Route, schema } from '@flairgate/server';
import { z } from 'zod';

/** Creates the route that lists the addresses of a site. They are the same for every organization, whether it exists or not. */
export function urlRoute(issuer: string): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/orgs/:oid/url',
    summary: 'List the addresses of this service',
    needs: { kind: 'nothing' },
    params: z.object({ oid: schema.uuid() }),
    answer: z.object({
      url: z.record(z.string(), z.string()),
      certs: z.record(z.string(), z.string()),
      site_name: z.string(),
    }),
    handle: async () => allow({ url: { api: issuer, jwt: `${issuer}/jwt` }, certs: {}, site_name: 'flairgate' }),
  });
}
