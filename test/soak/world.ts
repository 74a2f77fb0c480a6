import { randomBytes } from 'node:crypto';
import type { Outcome } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  createKey,
  createOrganization,
  createServiceKey,
  createUser,
  joinUser,
} from '@flairgate/core/administration';
import { createService } from '@flairgate/server';
import type { SoakDatabase } from './database.js';
import type { Gateway } from './fleet.js';

/** Credential of the load: a key, or a token that was exchanged for one. */
export interface Credential {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Text that introspection is asked about. */
  readonly text: string;
  readonly secret: Secret;
}

/** Secret of a key, and when it ends. Times are those of `performance.now()`. */
export interface Secret {
  readonly text: string;
  /** Time from which it may be refused: when the request that ends it was sent. */
  endingFrom?: number;
  /** Time from which it must be refused: at once by the gateway that ended it, elsewhere after the bound. */
  ended?: { readonly at: number; readonly by: Gateway };
}

/** Key of an organization that operations create, rotate and revoke. */
export interface Key {
  readonly name: string;
  readonly keyId: string;
  readonly secret: Secret;
}

export interface Organization {
  readonly oid: string;
  /** Header of the owner, whose key has no limit on calls. */
  readonly owner: Readonly<Record<string, string>>;
  /** Keys with flairs that live as long as the run, for the guarded rules. */
  readonly flaired: Readonly<
    Record<'first' | 'second' | 'secret' | 'plain' | 'noisy', Readonly<Record<string, string>>>
  >;
  readonly keys: Key[];
  readonly namesInUse: Set<string>;
}

export interface World {
  readonly organizations: readonly Organization[];
  readonly service: Readonly<Record<string, string>>;
  readonly tokens: Credential[];
  readonly dead: Credential[];
}

const OPERATOR: Actor = { kind: 'operator', name: 'soak' };
const ORGANIZATIONS = 3;

export const byKey = (text: string) => ({ 'x-api-key': text });

/** Creates organizations, their owners and lasting keys, before the gateways start. */
export async function makeWorld(database: SoakDatabase, issuer: string): Promise<World> {
  const store = await database.open();
  const service = await createService({ store, issuer, audience: 'flairgate' });
  const context: AdministrationContext = {
    ...service.context.administration,
    random: randomBytes,
  };
  try {
    const organizations: Organization[] = [];
    for (let at = 0; at < ORGANIZATIONS; at += 1) organizations.push(await makeOrganization(context, at));
    const input = { name: 'soak', organizations: 'all', mayExchange: [] } as const;
    const { text } = await done(createServiceKey(context, OPERATOR, input));
    return { organizations, service: byKey(text), tokens: [], dead: [] };
  } finally {
    await service.close();
    await store.close();
  }
}

async function makeOrganization(context: AdministrationContext, at: number): Promise<Organization> {
  const { oid } = await done(createOrganization(context, OPERATOR, { name: `soak ${at}` }));
  const { uid } = await done(createUser(context, OPERATOR, { email: `owner${at}@soak.example` }));
  await done(joinUser(context, OPERATOR, { uid, oid, role: 'owner', permissions: [] }));
  const owner = await done(createKey(context, OPERATOR, { owner: { kind: 'user', uid }, name: 'owner[bulk]' }));
  const made = async (name: string) => {
    const input = { owner: { kind: 'organization', oid }, name, permissions: ['dr.list', 'dr.set'] } as const;
    return byKey((await done(createKey(context, OPERATOR, input))).text);
  };
  const flaired = {
    first: await made('first[segment][bulk]'),
    second: await made('second[segment][bulk]'),
    secret: await made('secret[secret][bulk]'),
    plain: await made('plain[bulk]'),
    noisy: await made('noisy'),
  };
  return { oid, owner: byKey(owner.text), flaired, keys: [], namesInUse: new Set() };
}

async function done<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (settled.allowed) return settled.value;
  throw new Error(`refused: ${settled.code}`);
}
