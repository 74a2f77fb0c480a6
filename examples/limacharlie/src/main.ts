import { randomUUID } from 'node:crypto';
import { limitsOf } from '@flairgate/core/administration';
import type { Router } from 'express';
import { type Addition, type OpenedService, start } from 'flairgate';
import { makeDemo } from './first-start.js';
import { answerEtagMismatch } from './hive/answer-etag-mismatch.js';
import { hiveRoutes } from './hive/hive-routes.js';
import { ingestRoute } from './ingest-route.js';
import { firstLines, laterLines } from './lines.js';
import { installationKeyRoutes } from './objects/installation-key-routes.js';
import { limeObjectRoutes } from './objects/lime-object-routes.js';
import { openRecords, type Records } from './records/records.js';

await start({ keyFormat: 'uuid' }, addDemo);

/** Serves LimaCharlie's record store beside Flairgate's own routes, in the same database. */
async function addDemo(opened: OpenedService): Promise<Addition> {
  const records = await openRecords(opened.database);
  try {
    const { url, administration } = opened;
    const demo = await makeDemo(administration);
    const lines = demo === undefined ? await laterLines(administration) : firstLines(url, demo);
    return { handlers: [recordRouter(opened, records)], lines, close: () => records.close() };
  } catch (error) {
    await records.close();
    throw error;
  }
}

function recordRouter({ service, store, administration }: OpenedService, records: Records): Router {
  const { catalogue, now } = administration;
  const options = { records, store, catalogue, now, randomUUID, limits: limitsOf(administration) };
  const routes = [
    ...hiveRoutes({ records, administration, randomUUID }),
    ...installationKeyRoutes(options),
    ...limeObjectRoutes(options),
    ingestRoute(),
  ];
  const router = service.more(routes);
  router.use(answerEtagMismatch);
  return router;
}
