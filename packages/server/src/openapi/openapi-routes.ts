import { allow } from '@flairgate/core';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { openApiDocument } from './openapi-document.js';

/** The document changes with a new release only. */
const MAX_AGE_SECONDS = 300;

/** The version of the contract, not of the code: it grows when something in it changes. */
const VERSION = '1.0.0';

/** A table with its description. */
export interface DescribedRoutes {
  /** The table, and the route that describes it. */
  readonly routes: readonly Route[];
  /** Takes routes into the description that are mounted beside the table. */
  describe(more: readonly Route[]): void;
}

/** Adds the route that describes the table, and itself in it. */
export function withOpenApi(routes: readonly Route[]): DescribedRoutes {
  const described: Route[] = [...routes];
  let document: ReturnType<typeof openApiDocument> | undefined;
  described.push(
    defineRoute({
      method: 'GET',
      path: '/openapi.json',
      summary: 'This description',
      needs: { kind: 'nothing' },
      document: { maxAgeSeconds: MAX_AGE_SECONDS },
      answer: z.looseObject({ openapi: z.string() }),
      async handle() {
        document ??= openApiDocument(described, VERSION);
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
