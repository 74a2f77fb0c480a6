import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeniedError, defaultCatalogue, memoryStore, type Outcome, type TokenOptions } from '@flairgate/core';
import {
  type AdministrationContext,
  type CreateKeyInput,
  createKey,
  createOrganization,
  exchange,
} from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { createVerifyOnce } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { createHmacTokenKey, createTokenMint, openSigningRing, type TokenSigner } from '@flairgate/core/tokens';
import { postgresStore } from '@flairgate/stores/postgres';
import { sqliteStore } from '@flairgate/stores/sqlite';
import pg from 'pg';

export type StoreKind = 'memory' | 'sqlite' | 'postgres';
export type TokenAlgorithm = 'HS256' | 'RS256' | 'ES256';

/** A store of its own with one organization, and what a benchmark needs to make callers. */
export interface BenchFixture {
  readonly store: Store;
  readonly context: AdministrationContext;
  readonly oid: string;
  /** Makes an organization key with {@link permissions} and gives its text. */
  key(name: string, input?: Partial<CreateKeyInput>): Promise<string>;
  /** Closes and removes the store. */
  remove(): Promise<void>;
}

/** Key that signs tokens, and the options of a gate that accepts them. */
export interface Signing {
  readonly signer: TokenSigner;
  readonly tokens: TokenOptions;
  /** Audience of the tokens. By default that of the gate. */
  readonly audience?: string;
}

export const issuer = 'https://issuer.example';
export const audience = 'rules';
/** The permission every route of the benchmarks asks for. */
export const needed = 'dr.list';
/** Permissions of a caller: 20, the needed one among them. */
export const permissions: readonly string[] = [
  needed,
  ...defaultCatalogue.entries
    .filter(({ name, privileged }) => !privileged && name !== needed)
    .slice(0, 19)
    .map(({ name }) => name),
];

const OPERATOR = Object.freeze({ kind: 'operator', name: 'benchmark' } as const);

/** A server whose user may make schemas. */
export const postgresUrl = process.env.FLAIRGATE_TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

export async function createBenchFixture(kind: StoreKind): Promise<BenchFixture> {
  const { store, drop } = await opened[kind]();
  const context = contextOf(store);
  const { oid } = unwrap(await createOrganization(context, OPERATOR, { name: 'bench' }));
  return {
    store,
    context,
    oid,
    async key(name, input = {}) {
      const owner = { kind: 'organization', oid } as const;
      return unwrap(await createKey(context, OPERATOR, { owner, name, permissions, ...input })).text;
    },
    async remove() {
      await store.close();
      await drop();
    },
  };
}

/** Creates the context of commands on a store. Its keys are cheap to hash. */
export function contextOf(store: Store): AdministrationContext {
  const hasher = createHasher();
  return {
    store,
    catalogue: defaultCatalogue,
    now: Date.now,
    random: randomBytes,
    keyFormat: 'fg',
    hashSecret: (text) => hasher.hash(text, { scheme: 'sha256', rounds: 1 }),
    readableIngestionKeys: false,
    committed: async () => undefined,
  };
}

/** Makes a signing key of the algorithm: a secret, or the first key of the store's ring. */
export async function makeSigning({ store }: BenchFixture, algorithm: TokenAlgorithm): Promise<Signing> {
  if (algorithm === 'HS256') {
    const secret = randomBytes(32);
    return { signer: createHmacTokenKey(secret), tokens: { issuer, audience, secret } };
  }
  const ring = await openSigningRing({ store, material: store.material, clock: Date.now, algorithm });
  return { signer: ring.signer(), tokens: { issuer, audience } };
}

/** Exchanges a key for `count` tokens, all of them different. */
export async function makeTokens(
  { store, oid }: BenchFixture,
  { signer, audience: mintedFor = audience }: Signing,
  key: string,
  count: number,
): Promise<string[]> {
  const mint = createTokenMint({
    issuer,
    audience: mintedFor,
    signer: () => signer,
    catalogue: defaultCatalogue,
    clock: Date.now,
  });
  const verifyOnce = createVerifyOnce(createHasher().verify, 1);
  const tools = { store, catalogue: defaultCatalogue, now: Date.now, verifyOnce, mint };
  const tokens: string[] = [];
  while (tokens.length < count) tokens.push(unwrap(await exchange(tools, { secret: key, oid }, undefined)).jwt);
  return tokens;
}

/** True if PostgreSQL answers. Otherwise prints that on standard error. */
export async function hasPostgres(): Promise<boolean> {
  try {
    await asAdmin((client) => client.query('select 1'));
    return true;
  } catch {
    process.stderr.write('left out: PostgreSQL does not answer at FLAIRGATE_TEST_POSTGRES_URL or 127.0.0.1:5432\n');
    return false;
  }
}

/** Runs on a connection of its own. */
export async function asAdmin<R>(work: (client: pg.Client) => Promise<R>): Promise<R> {
  const client = new pg.Client({ connectionString: postgresUrl, connectionTimeoutMillis: 2000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function newSchema(): string {
  return `flairgate_bench_${randomBytes(6).toString('hex')}`;
}

export async function dropSchema(schema: string): Promise<void> {
  await asAdmin((client) => client.query(`drop schema if exists ${schema} cascade`));
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'flairgate-bench-'));
}

export function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.allowed) throw new DeniedError(outcome);
  return outcome.value;
}

interface Opened {
  readonly store: Store;
  drop(): Promise<void>;
}

const opened: Readonly<Record<StoreKind, () => Promise<Opened>>> = {
  memory: async () => ({ store: await memoryStore(), drop: async () => undefined }),
  sqlite: async () => {
    const folder = newFolder();
    const store = await sqliteStore({ file: join(folder, 'bench.db'), masterKey: randomBytes(32) });
    return { store, drop: async () => rmSync(folder, { recursive: true }) };
  },
  postgres: async () => {
    const schema = newSchema();
    const store = await postgresStore({ url: postgresUrl, schema, masterKey: randomBytes(32) });
    return { store, drop: () => dropSchema(schema) };
  },
};
