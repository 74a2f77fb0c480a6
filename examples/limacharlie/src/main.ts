import { randomBytes, randomUUID } from 'node:crypto';
import { createRefusalLog, limitsOf, type RefusalLog } from '@flairgate/core/administration';
import type { Router } from 'express';
import { type Addition, type OpenedService, start } from 'flairgate';
import { makeDemo, renewDemo } from './first-start.js';
import { answerEtagMismatch } from './hive/answer-etag-mismatch.js';
import { findRecordOwnership, listRecordOwnership } from './hive/find-record-ownership.js';
import { hiveRoutes } from './hive/hive-routes.js';
import { ingestRoute } from './ingest-route.js';
import { firstLines, laterLines } from './lines.js';
import { installationKeyRoutes } from './objects/installation-key-routes.js';
import { limeObjectRoutes } from './objects/lime-object-routes.js';
import { configRoutes } from './organization/config-routes.js';
import { urlRoute } from './organization/url-route.js';
import { openRecords, type Records } from './records/records.js';
import { createTourRecords } from './tour.js';

/** `pnpm start --tour` shows the tour again, with new secrets for its keys. */
const isTourAsked = process.argv.includes('--tour');

/** Settings as at LimaCharlie: its older clients accept only UUIDs, and its names of organizations are unique. */
const defaults = { keyFormat: 'uuid', uniqueOrganizationNames: true, readableIngestionKeys: true } as const;

await start({ defaults }, addDemo);

/** Serves LimaCharlie's record store beside Flairgate's own routes, in the same database. */
async function addDemo(opened: OpenedService): Promise<Addition> {
  const records = await openRecords(opened.database);
  try {
    const { url, administration } = opened;
    const made = await makeDemo(administration);
    if (made !== undefined) await createTourRecords(opened, records, made);
    const demo = made ?? (isTourAsked ? await renewDemo(administration) : undefined);
    const lines = demo === undefined ? await laterLines(administration) : firstLines(url, demo);
    const refusals = createRefusalLog({ store: opened.store, now: administration.now, random: randomBytes });
    const close = async () => {
      await refusals.stop();
      await records.close();
    };
    return { handlers: [recordRouter(opened, records, refusals)], lines, close };
  } catch (error) {
    await records.close();
    throw error;
  }
}

function recordRouter(
  { service, store, administration }: OpenedService,
  records: Records,
  refusals: RefusalLog,
): Router {
  service.registerOwnership(
    (oid, hive, name) => findRecordOwnership(records, { oid, hive, name }),
    (oid, hive, page) => listRecordOwnership(records, { oid, hive }, page),
  );
  const { catalogue, now } = administration;
  const options = { records, store, catalogue, now, randomUUID, limits: limitsOf(administration) };
  const routes = [
    ...hiveRoutes({ records, administration, refusals, randomUUID, countUse: service.gate.countUse }),
    ...installationKeyRoutes(options),
    ...limeObjectRoutes(options),
    ...configRoutes(options),
    urlRoute(service.context.issuer),
    ingestRoute(),
  ];
  const router = service.more(routes);
  router.use(answerEtagMismatch);
  return router;
}
