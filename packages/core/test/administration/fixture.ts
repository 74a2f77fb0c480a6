import { randomBytes } from 'node:crypto';
import {
  type Authenticator,
  createAuthenticator,
  defaultCatalogue,
  isDenial,
  memoryStore,
  type Outcome,
  type Principal,
} from '@flairgate/core';
import { type Actor, type AdministrationContext, type CreatedKey, createKey } from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import type { Clock } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';

/** Time that moves when a test says so. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export function manualClock(start = 1_800_000_000_000): ManualClock {
  let now = start;
  return {
    wall: () => now,
    monotonic: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

export const OPERATOR: Actor = { kind: 'operator', name: 'operator' };

/** A store in memory with everything around it, on a clock of its own. */
export interface AdministrationFixture {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly context: AdministrationContext;
  readonly authenticator: Authenticator;
  /** The principal of a key that must be good. */
  principal(text: string, address?: string): Promise<Principal>;
  actor(text: string, address?: string): Promise<Actor>;
}

export async function openAdministrationFixture(given?: Store): Promise<AdministrationFixture> {
  const store = given ?? (await memoryStore());
  const clock = manualClock();
  const hasher = createHasher();
  const authenticator = createAuthenticator({ store, clock, maxCachedPrincipals: 100 });
  const context: AdministrationContext = {
    store,
    catalogue: defaultCatalogue,
    now: clock.wall,
    random: randomBytes,
    keyFormat: 'fg',
    hashSecret: (text) => hasher.hash(text, { scheme: 'sha256', rounds: 1 }),
    readableIngestionKeys: false,
    committed: () => authenticator.revision.sync(),
  };
  const principal = async (text: string, address?: string) => {
    const found = await authenticator.authenticate({ kind: 'api-key', text }, address);
    if (isDenial(found)) throw new Error(`refused: ${found.reason}`);
    return found;
  };
  return {
    store,
    clock,
    context,
    authenticator,
    principal,
    actor: async (text, address) => ({ kind: 'principal', principal: await principal(text, address), address }),
  };
}

/** The value of an outcome that must be allowed. */
export function must<T>(outcome: Outcome<T>): T {
  if (outcome.allowed) return outcome.value;
  throw new Error(`refused: ${outcome.code} ${outcome.detail}`);
}

/** The code of an outcome that must be refused, with what makes it precise. */
export function refusal(outcome: Outcome<unknown>): string {
  if (outcome.allowed) throw new Error('was allowed');
  const { dimension } = outcome.members;
  return typeof dimension === 'string' ? `${outcome.code} ${dimension}` : outcome.code;
}

export async function organizationKey(
  { context }: AdministrationFixture,
  oid: string,
  name: string,
  permissions: readonly string[] = [],
  more: Partial<Parameters<typeof createKey>[2]> = {},
): Promise<CreatedKey> {
  return must(await createKey(context, OPERATOR, { owner: { kind: 'organization', oid }, name, permissions, ...more }));
}
