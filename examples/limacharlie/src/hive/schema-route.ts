import { allow } from '@flairgate/core';
import type { AdministrationContext } from '@flairgate/core/administration';
import { defineRoute, type Route } from '@flairgate/server';
import { z } from 'zod';
import { createFindHive } from './authorize-hive.js';
import { toStoredHive } from './hives.js';

/** Creates the route that says what records of a hive look like. Here every JSON object is one. */
export function schemaRoute({ catalogue }: Pick<AdministrationContext, 'catalogue'>): Route {
  const findHive = createFindHive(catalogue);
  return defineRoute({
    method: 'GET',
    path: '/v1/hive/:hive/schema',
    summary: 'Read the JSON Schema of the records of a hive',
    needs: { kind: 'credential' },
    params: z.object({ hive: z.string().transform(toStoredHive) }),
    answer: z.object({ schema: z.object({ type: z.literal('object') }) }),
    async handle({ params: { hive } }) {
      const found = findHive(hive);
      return found.allowed ? allow({ schema: { type: 'object' as const } }) : found;
    },
  });
}
