/** Packages of ours that each package's `src` may import. */
export interface Arrow {
  readonly npmName: string;
  readonly mayImport: readonly string[];
  /** Only types may cross: nothing of it is loaded. */
  readonly typesOf?: readonly string[];
}

/** The table of CONTRIBUTING.md, as the compiler cannot read it: folder under `packages/` to its arrows. */
export const arrows: Readonly<Record<string, Arrow>> = {
  core: { npmName: '@flairgate/core', mayImport: [] },
  stores: { npmName: '@flairgate/stores', mayImport: ['core'] },
  express: { npmName: '@flairgate/express', mayImport: ['core'] },
  server: { npmName: '@flairgate/server', mayImport: ['core', 'express'], typesOf: ['client'] },
  client: { npmName: '@flairgate/client', mayImport: [] },
  console: { npmName: '@flairgate/console', mayImport: ['client'] },
  cli: { npmName: 'flairgate', mayImport: ['core', 'stores', 'express', 'server', 'client', 'console'] },
};

/** Modules of Node that core may import: values and measurements, no files, no processes, and no sockets. */
export const nodeForCore: readonly string[] = [
  'node:async_hooks',
  'node:buffer',
  'node:crypto',
  'node:diagnostics_channel',
  'node:events',
  'node:http', // the status phrases
  'node:net', // address ranges
  'node:perf_hooks',
  'node:timers',
  'node:timers/promises',
  'node:util',
  'node:zlib', // the checksum of a key's text
];

/** Each folder of `stores` loads its own driver and no other; `sql` is shared by the two databases. */
export const driversOfStores: Readonly<Record<string, readonly string[]>> = {
  sql: ['kysely'],
  sqlite: ['kysely', 'libsql'],
  postgres: ['kysely', 'pg'],
  redis: ['redis', 'rate-limit-redis', 'express-rate-limit'],
  remote: [],
};
