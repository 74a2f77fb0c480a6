import { dirname, join } from 'node:path';
import { readOrClaimSetting } from '@flairgate/core/administration';
import { type Addition, type Database, type OpenedService, start } from 'flairgate';
import { storyLines } from './lines.js';
import { makeCallers, makeServiceKeys, writeServiceKeys } from './make-keys.js';
import { type StartedService, startService } from './start-service.js';

const { KEYS_FOLDER, RULES_URL = '', SENSORS_URL = '' } = process.env;
await start({}, KEYS_FOLDER === undefined ? startFleet : (opened) => writeKeys(opened, KEYS_FOLDER));

/** Leaves a key for each service, where each has a container of its own, before Flairgate answers. */
async function writeKeys({ service, administration }: OpenedService, folder: string): Promise<Addition> {
  const callers = await makeCallers(administration);
  await writeServiceKeys(administration, folder);
  const addresses = { url: service.context.issuer, rules: RULES_URL, sensors: SENSORS_URL };
  return { handlers: [], lines: storyLines(addresses, callers), close: async () => undefined };
}

/** Starts the two services beside Flairgate, each in a process of its own. */
async function startFleet({ url, service, store, database, administration }: OpenedService): Promise<Addition> {
  const callers = await makeCallers(administration);
  const keys = await makeServiceKeys(administration);
  const shared = { HOST: process.env.HOST, ISSUER_URL: url, ISSUER: service.context.issuer };
  const started: StartedService[] = [];
  const close = async () => {
    await Promise.all(started.map((each) => each.stop()));
  };
  try {
    const rules = await startService('rules', {
      ...shared,
      ...whereRulesAre(database),
      PORT: process.env.RULES_PORT ?? '8788',
      SERVICE_KEY: keys.rules,
    });
    started.push(rules);
    const sensors = await startService('sensors', {
      ...shared,
      AUDIENCE: await readOrClaimSetting(store, 'audience', undefined, 'flairgate'),
      PORT: process.env.SENSORS_PORT ?? '8789',
      RULES_URL: rules.url,
      SERVICE_KEY: keys.sensors,
    });
    started.push(sensors);
    return { handlers: [], lines: storyLines({ url, rules: rules.url, sensors: sensors.url }, callers), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A table in the same PostgreSQL, or a file beside the embedded database. */
function whereRulesAre(database: Database): Readonly<Record<string, string>> {
  if (database.kind === 'postgres') return { DATABASE_URL: database.url };
  return { RULES_FILE: join(dirname(database.file), 'rules.db') };
}
