import { allow } from '@flairgate/core';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { openApiDocument } from './openapi-document.js';

/** Seconds for which caches may keep the document. The document changes only with a new release. */
const DOCUMENT_CACHE_SECONDS = 300;

/** Version of the HTTP contract, not of the code. Raise it when the contract changes. */
const VERSION = '1.0.0';

/** A route table that includes the route for its own OpenAPI description. */
export interface DescribedRoutes {
  /** The given routes and the route for the description. */
  readonly routes: readonly Route[];
  /** Adds separately mounted routes to the description. */
  describe(more: readonly Route[]): void;
}

/**
 * Adds the route for the OpenAPI description, which also describes itself. `basePath` is the path of the service on its
 * host.
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
