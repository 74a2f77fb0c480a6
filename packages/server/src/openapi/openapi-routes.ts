import { allow } from '@flairgate/core';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { openApiDocument } from './openapi-document.js';

/** Seconds for which caches may keep the document. The document changes only with a new release. */
const DOCUMENT_CACHE_SECONDS = 300;

/** Version of the HTTP contract, not of the code. Raise the version when the contract changes. */
const VERSION = '1.0.0';

/** Route table with a further route, `/openapi.json`, which describes all routes of the table. */
export interface DescribedRoutes {
  /** The given routes, followed by the route `/openapi.json`. */
  readonly routes: readonly Route[];
  /** Adds further routes, which are mounted elsewhere, to the description. */
  describe(more: readonly Route[]): void;
}

/**
 * Adds the route `/openapi.json`, which returns the OpenAPI description of all routes, including its own. `basePath` is
 * the path of the service on its host.
 */
export function withOpenApi(routes: readonly Route[], basePath: string): DescribedRoutes {
  const described: Route[] = [...routes];
  let document: ReturnType<typeof openApiDocument> | undefined;
  described.push(
    defineRoute({
      method: 'GET',
      path: '/openapi.json',
      summary: 'OpenAPI description of this service',
      needs: { kind: 'nothing' },
      document: { maxAgeSeconds: DOCUMENT_CACHE_SECONDS },
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
