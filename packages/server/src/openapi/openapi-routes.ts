import { allow } from '@flairgate/core';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { openApiDocument } from './openapi-document.js';

/** Seconds that the document can be cached. It changes with a new release only. */
const MAX_AGE_SECONDS = 300;

/** Version of the contract, not of the code. It is raised when the contract changes. */
const VERSION = '1.0.0';

/** A table of routes with the route that describes it. */
export interface DescribedRoutes {
  /** The table with the route of the description. */
  readonly routes: readonly Route[];
  /** Adds routes to the description that are mounted separately. */
  describe(more: readonly Route[]): void;
}

/** Adds the route that describes the table, and itself in it. `basePath` is the path of the service on its host. */
export function withOpenApi(routes: readonly Route[], basePath: string): DescribedRoutes {
  const described: Route[] = [...routes];
  let document: ReturnType<typeof openApiDocument> | undefined;
  described.push(
    defineRoute({
      method: 'GET',
      path: '/openapi.json',
      summary: 'OpenAPI description of this service',
      needs: { kind: 'nothing' },
      document: { maxAgeSeconds: MAX_AGE_SECONDS },
      answer: z.looseObject({ openapi: z.string() }),
      async handle() {
        document ??= openApiDocument(described, { version: VERSION, basePath });
        return allow({ openapi: '3.1.1', ...document });
      },
    }),
  );
  return {
    routes: Object.freeze([...described]),
    describe(more) {
      described.push(...more);
      document = undefined;
    },
  };
}
