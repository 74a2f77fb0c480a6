import { defaultCatalogue, type PrincipalKind } from '@flairgate/core';
import {
  addGroupMember,
  addGroupOrganization,
  createApiUser,
  createGroup,
  createKey,
  createOrganization,
  createServiceKey,
  createUser,
  joinUser,
  replaceApiUserKey,
  revokeKey,
  setGroupPermissions,
} from '@flairgate/core/administration';
import type { ServerFixture } from '../caller.ts';
import { done, operator } from '../running-service.ts';

/** Rights of a caller in an organization, and its role there. */
export interface Part {
  readonly holds: 'everything' | 'nothing' | readonly string[];
  readonly as: 'owner' | 'holder' | 'segmented';
}

/** The organizations of the callers: their own, and another one. */
export interface RouteFixture {
  readonly place: ServerFixture;
  readonly own: string;
  readonly other: string;
}

/** One kind of caller. */
export interface Caller {
  /** Undefined for a credential that is none, or no more. */
  readonly kind: PrincipalKind | undefined;
  /** Of a user's key, but not their whole credential. */
  readonly cut?: true;
  readonly own: Part;
  /** In the other organization. Default nothing. */
  readonly other?: Part;
  /** Makes its credential, as headers. */
  make(scene: RouteFixture): Promise<Readonly<Record<string, string>>>;
}

const everything = defaultCatalogue.entries.map(({ name }) => name);
const nothing: Part = { holds: 'nothing', as: 'holder' };
const owner: Part = { holds: 'everything', as: 'owner' };
const holder: Part = { holds: 'everything', as: 'holder' };
const segmented: Part = { holds: 'everything', as: 'segmented' };

/**
 * Every kind of caller a service meets. A token counts as the key it was exchanged for, and a service takes its own
 * tokens only, so neither persons without a key nor subjects of another issuer come here.
 */
export const cast: Readonly<Record<string, Caller>> = {
  nobody: { kind: undefined, own: nothing, make: async () => ({}) },
  'an organization key with everything': {
    kind: 'organization-key',
    own: holder,
    make: async (scene) => keyHeader(await organizationKey(scene, 'all', everything)),
  },
  'an organization key with one permission': {
    kind: 'organization-key',
    own: { holds: ['user.ctrl'], as: 'holder' },
    make: async (scene) => keyHeader(await organizationKey(scene, 'users', ['user.ctrl'])),
  },
  'an organization key with nothing': {
    kind: 'organization-key',
    own: nothing,
    make: async (scene) => keyHeader(await organizationKey(scene, 'none', [])),
  },
  'a segmented organization key': {
    kind: 'organization-key',
    own: segmented,
    make: async (scene) => keyHeader(await organizationKey(scene, 'vendor[segment]', everything)),
  },
  'a revoked key': {
    kind: undefined,
    own: nothing,
    async make(scene) {
      const made = await organizationKey(scene, 'gone', everything);
      await done(revokeKey(scene.place.administration, operator, { oid: scene.own, keyId: made.keyId }));
      return keyHeader(made);
    },
  },
  'an ingestion key': {
    kind: 'ingestion-key',
    own: nothing,
    make: async ({ place, own }) =>
      keyHeader(
        await done(createKey(place.administration, operator, { owner: { kind: 'ingestion', oid: own }, name: 'push' })),
      ),
  },
  'a service key': {
    kind: 'service',
    own: nothing,
    make: async ({ place }) =>
      keyHeader(
        await done(
          createServiceKey(place.administration, operator, { name: 'rules', organizations: 'all', mayExchange: [] }),
        ),
      ),
  },
  "an owner's key": { kind: 'user-key', own: owner, make: async (scene) => keyHeader(await userKey(scene, 'owner')) },
  "an owner's segmented key": {
    kind: 'user-key',
    cut: true,
    own: segmented,
    make: async (scene) => keyHeader(await userKey(scene, 'owner', 'laptop[segment]')),
  },
  'the key of a member with nothing': {
    kind: 'user-key',
    own: nothing,
    make: async (scene) => keyHeader(await userKey(scene, 'member')),
  },
  'the key of the owner of another organization': {
    kind: 'user-key',
    own: nothing,
    other: owner,
    make: async (scene) => keyHeader(await userKey({ ...scene, own: scene.other }, 'owner')),
  },
  'the key of a user of no organization': {
    kind: 'user-key',
    own: nothing,
    make: async (scene) => keyHeader(await userKey(scene, 'none')),
  },
  'the key of an API user whose groups give everything': {
    kind: 'api-user',
    own: holder,
    make: async (scene) => keyHeader(await apiUserKey(scene, everything)),
  },
  'the key of an API user in no group': {
    kind: 'api-user',
    own: nothing,
    make: async (scene) => keyHeader(await apiUserKey(scene)),
  },
  "an organization key's token": {
    kind: 'organization-key',
    own: holder,
    make: async (scene) =>
      tokenHeader(scene, { oid: scene.own, secret: (await organizationKey(scene, 'all', everything)).text }),
  },
  "an owner's token for all organizations": {
    kind: 'user-key',
    own: owner,
    make: async (scene) => tokenHeader(scene, await exchanged(scene, 'owner')),
  },
  "an owner's token for one organization": {
    kind: 'user-key',
    own: owner,
    make: async (scene) => tokenHeader(scene, { ...(await exchanged(scene, 'owner')), oid: scene.own }),
  },
  "an owner's token for no organization": {
    kind: 'user-key',
    own: nothing,
    make: async (scene) => tokenHeader(scene, { ...(await exchanged(scene, 'owner')), oid: '-' }),
  },
  "an owner's token narrowed to nothing": {
    kind: 'user-key',
    cut: true,
    own: nothing,
    make: async (scene) => tokenHeader(scene, { ...(await exchanged(scene, 'owner')), perms: '' }),
  },
  "an owner's compact token": {
    kind: 'user-key',
    own: owner,
    async make(scene) {
      const sent = await exchanged(scene, 'owner');
      const { administration } = scene.place;
      for (const name of ['second', 'third']) {
        const { oid } = await done(createOrganization(administration, operator, { name }));
        await done(joinUser(administration, operator, { uid: sent.uid, oid, permissions: ['dr.list'] }));
      }
      const headers = await tokenHeader(scene, sent);
      if (!('cmp' in payloadOf(headers.Authorization))) throw new Error('the token is not a compact one');
      return headers;
    },
  },
};

let made = 0;

/** A user of this organization, or of none, with a key of this name. */
async function userKey({ place, own }: RouteFixture, role: 'owner' | 'member' | 'none', name = 'laptop') {
  const { administration } = place;
  made += 1;
  const { uid } = await done(createUser(administration, operator, { email: `${role}-${made}@acme.example` }));
  if (role !== 'none') await done(joinUser(administration, operator, { uid, oid: own, permissions: [], role }));
  const { text } = await done(createKey(administration, operator, { owner: { kind: 'user', uid }, name }));
  return { uid, text };
}

async function exchanged(scene: RouteFixture, role: 'owner' | 'member') {
  const { uid, text } = await userKey(scene, role);
  return { uid, secret: text };
}

async function organizationKey({ place, own }: RouteFixture, name: string, permissions: readonly string[]) {
  made += 1;
  const input = { owner: { kind: 'organization', oid: own }, name: `${made}${name}`, permissions } as const;
  return done(createKey(place.administration, operator, input));
}

async function apiUserKey({ place, own: oid }: RouteFixture, permissions?: readonly string[]) {
  const { administration } = place;
  made += 1;
  const { uid } = await done(createApiUser(administration, operator, { oid, name: `sync ${made}` }));
  if (permissions !== undefined) {
    const { gid } = await done(createGroup(administration, operator, { name: 'Everything' }));
    await done(addGroupOrganization(administration, operator, { gid, oid }));
    await done(setGroupPermissions(administration, operator, { gid, permissions }));
    await done(addGroupMember(administration, operator, { gid, email: uid }));
  }
  return done(replaceApiUserKey(administration, operator, { oid, uid }));
}

function keyHeader({ text }: { readonly text: string }): { readonly 'x-api-key': string } {
  return { 'x-api-key': text };
}

async function tokenHeader({ place }: RouteFixture, form: Readonly<Record<string, string>>) {
  const sent = await place.running.send({
    method: 'POST',
    path: '/jwt',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
  if (sent.status !== 200) throw new Error(`no token: ${sent.text}`);
  return { Authorization: `Bearer ${sent.body.jwt}` };
}

function payloadOf(authorization: string): object {
  const payload: unknown = JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return typeof payload === 'object' && payload !== null ? payload : {};
}
