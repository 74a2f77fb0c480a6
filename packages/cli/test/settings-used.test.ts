import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '@flairgate/core';
import { createService } from '@flairgate/server';
import {
  commands,
  configurationSchema,
  createContext,
  loadCommands,
  readEnvironment,
  readSettings,
  settingsIn,
} from 'flairgate/internal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { EVERYTHING } from './every-setting.js';
import { readsOf } from './reads-of.js';

const timeout = 120_000;

let folder: string;
let collector: Server;
let everything: Readonly<Record<string, Readonly<Record<string, unknown>>>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-settings-'));
  await writeFile(join(folder, 'secret'), randomBytes(32).toString('hex'));
  collector = createHttpServer((req, res) => {
    req.resume().on('end', () => res.end('{}'));
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  everything = parse(EVERYTHING);
});
afterAll(async () => {
  collector.close();
  await rm(folder, { recursive: true, force: true });
});

/** Reads the settings of a configuration file with this content. */
async function settingsOf(content: unknown) {
  const file = join(folder, 'c.yml');
  await writeFile(file, stringify(content));
  return readSettings(readEnvironment({}), file, () => undefined);
}

/** Value of a setting in `EVERYTHING`, or a file for a setting that names one. */
function sampleOf(name: string): unknown {
  if (name.endsWith('_file')) return join(folder, 'secret');
  return name.split('.').reduce<unknown>((value, part) => Reflect.get(Object(value), part), everything);
}

/** Returns an object with one member, at a path such as `tokens.audience`. */
function nested(name: string, value: unknown): unknown {
  return name.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
}

/** Returns the content of a file with a provider. Its settings need an issuer and a client id. */
function withProvider(more: Readonly<Record<string, unknown>>): unknown {
  return { console: { oidc: { issuer: 'https://first.example.com', client_id: 'first', ...more } } };
}

describe('a setting of the configuration file', { timeout }, () => {
  it.each(settingsIn(configurationSchema))('the setting %s changes what is configured', async (name, { fallback }) => {
    // Metrics and the console are on in the file with every setting, because it has settings of theirs.
    const value = ['telemetry.metrics', 'console.enabled'].includes(name) ? false : sampleOf(name);
    expect(value).not.toBe(undefined);
    expect(value).not.toEqual(fallback);
    const oidc = 'console.oidc.';
    const content = name.startsWith(oidc) ? withProvider({ [name.slice(oidc.length)]: value }) : nested(name, value);
    expect(await settingsOf(content)).not.toEqual(await settingsOf(name.startsWith(oidc) ? withProvider({}) : {}));
  });

  it.each([
    ['SQLite', { url: 'used.db', folder: 'used', pooler: true, busy_timeout_ms: 100 }],
    ['PostgreSQL', { url: 'postgres://127.0.0.1:1/none', pooler: true, schema: 'auth', pool_max: 20 }],
  ])('a setting of the configuration file is read by the service on %s', async (kind, database) => {
    const port = (collector.address() as { readonly port: number }).port;
    const settings = await settingsOf({
      ...everything,
      listen: { port: 0, host: '127.0.0.1', metrics_port: 0 },
      database: {
        ...everything.database,
        ...database,
        ...(kind === 'SQLite' ? { url: join(folder, database.url) } : {}),
        master_key_file: join(folder, 'secret'),
      },
      tokens: { ...everything.tokens, secret_file: join(folder, 'secret') },
      redis: { url: 'redis://127.0.0.1:1', prefix: 'rules:' },
      telemetry: { metrics: true, otlp_url: `http://127.0.0.1:${port}` },
      log: { level: 'silent', requests: true },
    });
    const { spied, unread } = readsOf(settings);
    const [serve] = await loadCommands(commands, ['serve']);
    if (serve?.kind !== 'service') throw new Error('serve is missing');
    const served = serve.run({}, spied, {
      env: {},
      note: () => undefined,
      input: async () => '',
      out: (line) => {
        if (line.startsWith('Flairgate serves')) setImmediate(() => process.emit('SIGTERM'));
      },
    });
    if (kind === 'SQLite') await served;
    else await expect(served).rejects.toThrow('the store is unavailable');
    // Only the other kind of database, and what was not reached without one, is unread.
    const ofOther = kind === 'SQLite' ? OF_POSTGRES : OF_SQLITE;
    expect(unread().filter((path) => !ofOther.test(path))).toEqual([]);
  });
});

const OF_POSTGRES = /^(?:FLAIRGATE_POOLER|configuration\.database\.(?!busyTimeoutMs))/;
const OF_SQLITE = /^(?!DATABASE_URL|FLAIRGATE_POOLER|FLAIRGATE_MASTER_KEY|configuration\.database)/;

describe('the commands on a database', { timeout }, () => {
  it('the commands on a database have everything that the commands of the service have', async () => {
    const { configuration } = await settingsOf(everything);
    const store = await memoryStore();
    const service = await createService({ store, issuer: 'https://auth.example', audience: 'rules' });
    const context = await createContext(await memoryStore(), configuration);
    expect(Object.keys(context).toSorted()).toEqual(Object.keys(service.context.administration).toSorted());
    const { keyFormat, unknownFlairs, uniqueOrganizationNames, readableIngestionKeys, limits, catalogue } = context;
    expect({ keyFormat, unknownFlairs, uniqueOrganizationNames, readableIngestionKeys }).toEqual({
      keyFormat: 'uuid',
      unknownFlairs: 'keep',
      uniqueOrganizationNames: true,
      readableIngestionKeys: true,
    });
    expect([limits?.userKeys, catalogue.entries.length, [...(context.federationIssuers ?? [])].length]).toEqual([
      5, 2, 1,
    ]);
    await service.close();
  });

  it.each([true, false])('commands reach issuer keys at private addresses only if allowed: %s', async (allowed) => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.2');
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    const issuer = 'https://gitlab.example.com';
    const { configuration } = await settingsOf({
      federation: {
        issuers: [{ issuer, jwks_uri: `https://127.0.0.2:${port}/jwks` }],
        allow_private_addresses: allowed,
      },
    });
    const { federationIssuers } = await createContext(await memoryStore(), configuration);
    const keys = federationIssuers?.get(issuer)?.entry.keys;
    if (keys === undefined || !('refresh' in keys)) throw new Error('no source of keys');
    await expect(keys.refresh?.('kid')).rejects.toThrow();
    expect(connections > 0).toBe(allowed);
    server.close();
  });
});
