import type { PermissionEntry } from '@flairgate/client';
import { allow, type Catalogue, OptionError } from '@flairgate/core';
import { putCatalogue } from '@flairgate/core/administration';
import { z } from 'zod';
import { parseCatalogue } from '../../catalogue-file.js';
import { type Answer, administration, configOption, databaseOption, type ProcessIo, plain } from '../../command.js';
import { createContext, operator } from '../../context.js';
import { chooseDatabase, openDatabase } from '../../database.js';
import { listAnswer } from '../list-answer.js';
import { readSource } from '../read-source.js';

export const permissionList = administration({
  words: ['permission', 'list'],
  help: 'List the permissions that keys and users can have: the catalogue of the database.',
  options: [],
  input: z.strictObject({}),
  async run({ catalogue }) {
    const { digest } = catalogue;
    return allow(permissionAnswer(catalogue.entries, { digest }));
  },
  async remote(client) {
    return permissionAnswer((await client.catalogue()).permissions);
  },
});

function permissionAnswer(entries: readonly PermissionEntry[], about?: Readonly<Record<string, string>>): Answer {
  const items = entries.map(({ name, description, privileged }) => ({ name, description, privileged }));
  return listAnswer(items, {
    columns: ['NAME', 'PRIVILEGED', 'DESCRIPTION'],
    row: ({ name, description, privileged }) => [name, privileged ? 'yes' : '-', description],
    empty: 'no permissions',
    about,
  });
}

const catalogueInput = z.strictObject({
  file: z.string().optional(),
  yes: z.boolean().default(false),
  database: z.string().optional(),
  config: z.string().optional(),
});

/**
 * Stores a permission catalogue in the database.
 *
 * The command is created with `plain`, so it opens the database itself. A command that is created with `administration`
 * fails if the catalogue in the database differs from the catalogue in the configuration file. Here the two may differ,
 * because the configuration file may already contain the new catalogue.
 */
export const cataloguePut = plain({
  words: ['catalogue', 'put'],
  help: 'Store your own permissions in the database. Restart every process afterwards.',
  options: [
    {
      flags: '--file <file>',
      help: 'YAML or JSON list of permissions, - for standard input (default: catalogue in the configuration file)',
    },
    { flags: '--yes', help: 'also remove permissions, which keys and users then lose' },
    databaseOption,
    configOption,
  ],
  input: catalogueInput,
  async run({ file, yes, database }, settings, io) {
    const { configuration } = settings;
    const catalogue = file === undefined ? configuration.catalogue : await readCatalogue(file, io);
    if (catalogue === undefined) throw new OptionError('--file: must be a file with a list of permissions');
    const store = await openDatabase(chooseDatabase(database, settings), settings, io.note);
    try {
      const context = await createContext(store, { keyHash: configuration.keyHash, service: configuration.service });
      const stored = await putCatalogue(context, operator, { catalogue, allowNarrowing: yes });
      if (!stored.allowed) return stored;
      const { digest, added, removed, madePrivileged } = stored.value;
      return allow({
        json: { digest, permissions: catalogue.entries.length, added, removed, made_privileged: madePrivileged },
        lines: [
          `The database has ${catalogue.entries.length} permissions: ${added.length} new, ${removed.length} removed.`,
          'Restart every process of the database: each reads them when it starts.',
        ],
      });
    } finally {
      await store.close();
    }
  },
});

async function readCatalogue(file: string, io: ProcessIo): Promise<Catalogue> {
  return parseCatalogue(file === '-' ? '--file' : file, await readSource('--file', file, io));
}
