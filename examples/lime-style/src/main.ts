import express from 'express';
import { type Addition, type OpenedService, start } from 'flairgate';
import { DATABASE, prepare } from './first-start.js';
import { limeRouter } from './lime-router.js';
import { objectTypesOf } from './object-types.js';
import { openObjects } from './objects.js';

await start({}, addLime);

/** Serves Lime's paths next to Flairgate's own routes, with the objects in the same database. */
async function addLime({ service, administration, database, url }: OpenedService): Promise<Addition> {
  const db = await openObjects(database);
  const { oid, key } = await prepare(administration);
  const { gate } = service;
  const lime = limeRouter({ gate, db, oid, types: objectTypesOf(administration.catalogue) });
  const router = express.Router();
  router.use([`/${DATABASE}/api/v1`, `/api/v1/${DATABASE}`], lime);
  router.use(gate.errorHandler());
  const curl = `curl -H 'x-api-key: ${key ?? 'KEY'}' ${url}/${DATABASE}/api/v1/limeobject/company/`;
  const shown = key === undefined ? ['The key was shown at the first start.'] : [`The key of invoice-robot: ${key}`];
  return { handlers: [router], lines: [...shown, curl], close: () => db.destroy() };
}
