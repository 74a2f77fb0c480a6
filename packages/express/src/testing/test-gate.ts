import { randomBytes } from 'node:crypto';
import { DeniedError, memoryStore, type Outcome } from '@flairgate/core';
import {
  type AdministrationContext,
  createKey,
  createOrganization,
  createUser,
  exchange,
  joinUser,
  revokeKey,
} from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { chooseCatalogue, createVerifyOnce } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { createHmacTokenKey, createTokenMint } from '@flairgate/core/tokens';
import { createGate, type Gate } from '../gate.js';
import type { GateOptions } from '../gate-options.js';

/**
 * Options of {@link testGate}: the options of `createGate`. If `store` or `tokens` is not given, the test kit creates
 * it.
 */
export type TestGateOptions = Omit<GateOptions, 'store'> & { readonly store?: Store };

/** Options of a key in tests. */
export interface TestKeyOptions {
  /** Name with its flairs, such as `vendor[segment]`. By default `key 1`, `key 2` and so on. */
  readonly name?: string;
  /** Permissions and families. By default none. */
  readonly permissions?: readonly string[];
  /** Id of the organization. By default the kit's first organization. */
  readonly oid?: string;
  /** CIDR ranges from which the key may be used. */
  readonly ranges?: readonly string[];
}

/** Options of a user's key in tests. */
export interface TestUserKeyOptions {
  readonly uid: string;
  readonly name?: string;
}

/** A key for use in a test. `text` is the whole key: send it as `x-api-key`. */
export interface TestKey {
  readonly text: string;
  readonly keyId: string;
}

/** Options of a user in tests. */
export interface TestUserOptions {
  /** Permissions of the user by organization id. */
  readonly permissions?: Readonly<Record<string, readonly string[]>>;
  readonly role?: 'owner' | 'member';
}

/** A gate with a store in memory, and functions that create callers. Nothing in it is a mock. */
export interface TestGate {
  readonly gate: Gate;
  readonly store: Store;
  /** Id of the kit's first organization. */
  readonly oid: string;
  /** Creates a further organization and returns its id. */
  organization(name?: string): Promise<string>;
  /** Creates an organization key. */
  key(options?: TestKeyOptions): Promise<TestKey>;
  /** Creates an ingestion key, which can only send data. */
  ingestionKey(options?: Pick<TestKeyOptions, 'name' | 'oid'>): Promise<TestKey>;
  /** Creates a user and returns the user's id. */
  user(options?: TestUserOptions): Promise<string>;
  /** Creates a key for a user. */
  userKey(options: TestUserKeyOptions): Promise<TestKey>;
  /**
   * Exchanges a key for a token, in the same way as the service's token exchange. `reach` contains `oid`, `uid` or
   * both. By default it contains the id of the kit's first organization.
   */
  token(key: TestKey, reach?: { readonly oid?: string; readonly uid?: string }): Promise<string>;
  /** Revokes an organization's key. This gate refuses the key immediately. */
  revoke(key: TestKey, oid?: string): Promise<void>;
  /** Closes the gate and the store. */
  close(): Promise<void>;
}

/** State that the kit's functions share. */
interface Kit {
  readonly context: AdministrationContext;
  readonly numbered: (word: string) => string;
  /** Secret that signs the tokens. Undefined if the option `tokens` was given. */
  readonly secret: Uint8Array | undefined;
}

const ISSUER = 'https://flairgate.test';
const AUDIENCE = 'flairgate-test';
const OPERATOR = Object.freeze({ kind: 'operator', name: 'test kit' } as const);

/**
 * Creates a gate with a new store in memory and one organization in it.
 *
 * Keys are hashed with a fast algorithm so that tests do not wait. Tokens are signed with a random secret.
 *
 * @example
 * const kit = await testGate();
 * const key = await kit.key({ name: 'vendor[segment]', permissions: ['dr.list'] });
 * await request(app).get('/rules').set('x-api-key', key.text).expect(200);
 */
export async function testGate(options: TestGateOptions = {}): Promise<TestGate> {
  const secret = randomBytes(32);
  const store = options.store ?? (await memoryStore());
  const gate = createGate({ tokens: { issuer: ISSUER, audience: AUDIENCE, secret }, ...options, store });
  const kit = createKit(gate, store, { ...options, secret: options.tokens === undefined ? secret : undefined });
  const oid = await organization(kit, kit.numbered('organization'));
  return {
    gate,
    store,
    oid,
    organization: (name = kit.numbered('organization')) => organization(kit, name),
    ...keyMakers(kit, oid),
    user: (given = {}) => createTestUser(kit, given),
    token: (key, reach = { oid }) => token(kit, key, reach),
    async revoke({ keyId }, of = oid) {
      unwrap(await revokeKey(kit.context, OPERATOR, { oid: of, keyId }));
    },
    async close() {
      await gate.close();
      await store.close();
    },
  };
}

function createKit(
  gate: Gate,
  store: Store,
  { catalogue: given, clock, secret }: TestGateOptions & Pick<Kit, 'secret'>,
): Kit {
  const catalogue = chooseCatalogue(store, given);
  const hasher = createHasher();
  let made = 0;
  return {
    secret,
    numbered: (word) => {
      made += 1;
      return `${word} ${made}`;
    },
    context: {
      store,
      catalogue,
      now: () => clock?.wall() ?? Date.now(),
      random: randomBytes,
      keyFormat: 'fg',
      hashSecret: (text) => hasher.hash(text, { scheme: 'sha256', rounds: 1 }),
      readableIngestionKeys: false,
      committed: () => gate.authenticator.revision.sync(),
    },
  };
}

function keyMakers({ context, numbered }: Kit, oid: string): Pick<TestGate, 'key' | 'ingestionKey' | 'userKey'> {
  const make = async (input: Parameters<typeof createKey>[2]): Promise<TestKey> => {
    const { text, keyId } = unwrap(await createKey(context, OPERATOR, input));
    return { text, keyId };
  };
  return {
    key: ({ name = numbered('key'), permissions = [], ranges = [], oid: of = oid } = {}) =>
      make({ owner: { kind: 'organization', oid: of }, name, permissions, ranges }),
    ingestionKey: ({ name = numbered('key'), oid: of = oid } = {}) =>
      make({ owner: { kind: 'ingestion', oid: of }, name }),
    userKey: ({ uid, name = numbered('key') }) => make({ owner: { kind: 'user', uid }, name }),
  };
}

async function organization({ context }: Kit, name: string): Promise<string> {
  return unwrap(await createOrganization(context, OPERATOR, { name })).oid;
}

async function createTestUser(
  { context, numbered }: Kit,
  { permissions = {}, role = 'member' }: TestUserOptions,
): Promise<string> {
  const email = `${numbered('user').replace(' ', '-')}@flairgate.test`;
  const { uid } = unwrap(await createUser(context, OPERATOR, { email }));
  for (const [oid, granted] of Object.entries(permissions)) {
    unwrap(await joinUser(context, OPERATOR, { uid, oid, permissions: granted, role }));
  }
  return uid;
}

async function token(
  { context, secret }: Kit,
  { text }: TestKey,
  reach: { readonly oid?: string; readonly uid?: string },
): Promise<string> {
  if (secret === undefined)
    throw new TypeError('testGate: token() must be called on a kit without the option `tokens`');
  const { store, catalogue, now } = context;
  const signer = createHmacTokenKey(secret);
  const mint = createTokenMint({ issuer: ISSUER, audience: AUDIENCE, signer: () => signer, catalogue, clock: now });
  const verifyOnce = createVerifyOnce(createHasher().verify, 1);
  const minted = await exchange({ store, catalogue, now, verifyOnce, mint }, { secret: text, ...reach }, undefined);
  return unwrap(minted).jwt;
}

function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.allowed) throw new DeniedError(outcome);
  return outcome.value;
}
