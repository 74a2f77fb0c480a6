import { randomUUID } from 'node:crypto';
import { type Authenticator, createAuthenticator, type Principal } from '@flairgate/core';
import { createKey, createOrganization, createUser, joinUser } from '@flairgate/core/administration';
import type { BulkRows, Numbered } from '../harness/bulk-database.js';
import { needed, permissions, unwrap } from '../harness/fixture.js';
import { type Grown, type GrowthCase, OPERATOR, padded } from './room.js';

export const PERMISSIONS = `'${JSON.stringify(permissions)}'`;

/** First part of the ids of bulk users, API users, groups and organizations. 12 digits follow. */
export const ids = {
  user: '00000000-0000-4000-8000-',
  apiUser: '00000000-0000-4000-9000-',
  group: '00000000-0000-4000-a000-',
  organization: '00000000-0000-4000-b000-',
} as const;

export function idOf(kind: keyof typeof ids, n: number): string {
  return `${ids[kind]}${padded(n)}`;
}

const KEY_DIGITS = 21;

/** Returns the public id of a bulk key. */
export function keyIdOf(letter: string, n: number): string {
  return `${letter}${padded(n, KEY_DIGITS)}`;
}

interface KeyRows {
  /** First letter of the ids, which tells these keys from others. */
  readonly letter: string;
  readonly oid: string;
  readonly kind?: 'organization' | 'ingestion';
  readonly revoked?: boolean;
}

/** Keys of an organization, with identities and secrets. All secrets have one hash, which no text fits. */
export function keyRows({ id, tag }: Numbered, { letter, oid, kind = 'organization', revoked }: KeyRows): BulkRows[] {
  const name = id(`${letter} key `);
  const identity = id(`${letter}i`, KEY_DIGITS);
  const keyId = id(letter, KEY_DIGITS);
  return [
    {
      table: 'flairgate_identity',
      columns: {
        id: identity,
        kind: kind === 'ingestion' ? `'ingestion'` : `'key'`,
        scope: `'${oid}'`,
        name,
        secret_id: id(`${letter}s`, KEY_DIGITS),
        created_by: 'null',
        created_at: '0',
      },
    },
    {
      table: 'flairgate_key',
      columns: {
        key_id: keyId,
        identity,
        kind: `'${kind}'`,
        oid: `'${oid}'`,
        uid: 'null',
        name,
        flairs: `'[]'`,
        permissions: kind === 'ingestion' ? `'[]'` : PERMISSIONS,
        ranges: `'[]'`,
        description: 'null',
        created_by: `'nobody'`,
        created_by_name: `'benchmark'`,
        created_at: '0',
        expires_at: 'null',
        disabled_at: 'null',
        revoked_at: revoked ? '1' : 'null',
        masked: kind === 'ingestion' ? `'masked'` : 'null',
        sealed: 'null',
        policy: `'null'`,
        honeytoken: '0',
      },
    },
    {
      table: 'flairgate_secret',
      columns: { tag, key_id: keyId, hash: `'-'`, created_at: '0', ends_at: 'null', last_used_at: 'null' },
    },
  ];
}

/** People, without rights. */
export function userRows({ id }: Numbered): BulkRows {
  return {
    table: 'flairgate_user',
    columns: {
      uid: id(ids.user),
      email: `${id('user')} || '@example.com'`,
      type: `'standard'`,
      oid: 'null',
      active: '1',
      created_at: '0',
    },
  };
}

export function organizationRows({ id }: Numbered): BulkRows {
  return {
    table: 'flairgate_organization',
    columns: {
      oid: id(ids.organization),
      name: id('organization '),
      location: `''`,
      created_by: 'null',
      created_at: '0',
      description: 'null',
    },
  };
}

/** Memberships of the users in one organization, accepted. */
export function memberRows({ id }: Numbered, oid: string): BulkRows[] {
  const uid = id(ids.user);
  return [
    {
      table: 'flairgate_membership',
      columns: { uid, oid: `'${oid}'`, role: `'member'`, permissions: PERMISSIONS, accepted: '1' },
    },
    { table: 'flairgate_consent', columns: { uid, oid: `'${oid}'`, accepted_at: '0' } },
  ];
}

export async function newOrganization({ context }: Grown, name = 'bench'): Promise<string> {
  return unwrap(await createOrganization(context, OPERATOR, { name })).oid;
}

/** Creates a user who is a member of the organization. */
export async function newMember({ context }: Grown, oid: string, role: 'member' | 'owner' = 'member'): Promise<string> {
  const { uid } = unwrap(await createUser(context, OPERATOR, { email: `${randomUUID()}@example.com` }));
  unwrap(await joinUser(context, OPERATOR, { uid, oid, permissions: [needed], role }));
  return uid;
}

/** Creates keys of an organization, and returns their texts. */
export async function newKeys({ context }: Grown, oid: string, count: number): Promise<readonly string[]> {
  const owner = { kind: 'organization', oid } as const;
  const texts: string[] = [];
  while (texts.length < count) {
    const input = { owner, name: `usable ${texts.length}`, permissions };
    texts.push(unwrap(await createKey(context, OPERATOR, input)).text);
  }
  return texts;
}

/** Looks keys up that are never found in the cache, because the cache has room for one principal. */
export function finds(texts: readonly string[], authenticator: Authenticator): GrowthCase {
  let at = 0;
  return {
    async run() {
      at = (at + 1) % texts.length;
      await principalOf(authenticator, texts[at] ?? '');
    },
  };
}

export function coldAuthenticator({ store }: Grown): Authenticator {
  return createAuthenticator({ store, maxCachedPrincipals: 1 });
}

export async function principalOf(authenticator: Authenticator, text: string): Promise<Principal> {
  const found = await authenticator.authenticate({ kind: 'api-key', text }, undefined);
  if ('code' in found) throw new Error(`a usable key is refused: ${found.code}`);
  return found;
}

/** Opens the store as a new process does, and reads what it needs before it is ready. */
export function starts({ open }: Grown): GrowthCase {
  return {
    mostRuns: 20,
    async run() {
      const started = await start(open);
      await started();
    },
  };
}

/** Measures the heap of this process while it has such a store open. */
export function heapAfterStart({ open }: Grown): GrowthCase {
  return {
    async bytes() {
      const close = await start(open);
      for (let pass = 0; pass < 3; pass += 1) globalThis.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      await close();
      return heapUsed + external;
    },
  };
}

async function start(open: Grown['open']): Promise<() => Promise<void>> {
  const store = await open();
  const authenticator = createAuthenticator({ store });
  await authenticator.revision.ensureCurrent();
  return async () => {
    await authenticator.close();
    await store.close();
  };
}
