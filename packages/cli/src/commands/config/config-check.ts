import { allow, memoryStore, parseMasterKey } from '@flairgate/core';
import { z } from 'zod';
import { configOption, plain } from '../../command.js';
import type { Settings } from '../../configuration/settings.js';
import { chooseDatabase } from '../../database.js';

const configCheckInput = z.strictObject({ config: z.string().optional() });

/**
 * Checks the settings. Creates a service with an empty store in memory, so that each setting is checked by the code
 * that uses it.
 */
export const configCheck = plain({
  words: ['config', 'check'],
  help: 'Check the configuration file and the environment. Opens no database and no port.',
  options: [configOption],
  input: configCheckInput,
  async run(_options, settings) {
    await tryService(settings);
    const database = chooseDatabase(undefined, settings);
    if (settings.FLAIRGATE_MASTER_KEY !== undefined) parseMasterKey(settings.FLAIRGATE_MASTER_KEY);
    return allow({
      json: { valid: true, database: database.kind },
      lines: ['The settings can be used. `flairgate config print` shows them.'],
    });
  },
});

async function tryService(settings: Settings): Promise<void> {
  const { createService } = await import('@flairgate/server');
  const { limitsOf } = await import('../../serve/limits.js');
  const { metricsPortOf, nameVariables, serviceOptions } = await import('../../serve/service-options.js');
  metricsPortOf({}, settings);
  const store = await memoryStore();
  const { FLAIRGATE_TOKEN_SECRET: tokenSecret } = settings;
  const service = await createService({
    ...serviceOptions({}, settings, limitsOf(settings, undefined)),
    issuer: settings.FLAIRGATE_ISSUER ?? 'http://localhost:8787',
    audience: settings.FLAIRGATE_AUDIENCE ?? 'flairgate',
    ...(tokenSecret === undefined ? {} : { tokenSecret }),
    store,
  }).catch(nameVariables);
  await service.close();
  await store.close();
}
