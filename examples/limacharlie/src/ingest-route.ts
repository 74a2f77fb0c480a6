import { allow, deny } from '@flairgate/core';
import { defineRoute, type Route, schema } from '@flairgate/server';
import { z } from 'zod';

/** Creates a route that accepts ingestion keys only. It stores no data, and shows which keys are accepted. */
export function ingestRoute(): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/ingest/:oid',
    summary: 'Push data with an ingestion key',
    needs: { kind: 'credential', accept: ['ingestion-key'] },
    params: z.object({ oid: schema.uuid() }),
    fields: z.object({}),
    answer: z.object({ success: z.literal(true) }),
    async handle({ caller, params: { oid } }) {
      if (caller?.in(oid) !== undefined) return allow({ success: true as const });
      return deny('ERR_PERMISSION_MISSING', {
        detail: 'an ingestion key pushes data to its own organization only',
        members: { missing: [] },
      });
    },
  });
}
