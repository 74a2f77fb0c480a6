import { FLAIRS, type Flair, OptionError, type Outcome } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  createKey,
  createOrganization,
  rotateKey,
} from '@flairgate/core/administration';

/** The organization and keys that the first start creates, to be shown once. */
export interface Demo {
  readonly oid: string;
  readonly ownerUid: string;
  readonly ownerEmail: string;
  readonly keys: readonly { readonly name: string; readonly text: string }[];
  /** Key of the owner, which signs in at the console. */
  readonly ownerKey: string;
}

const DEMO = 'demo';
const OWNER_EMAIL = 'owner@demo.example';
const OWNER_KEY = 'console';

/** Organizations looked at to find the oldest, which is the demo's. */
const LOOKED_AT = 1000;
const actor: Actor = { kind: 'operator', name: 'first start' };

/** Milliseconds after which another process repeats the first start, if the one that began has not finished. */
const CLAIM_MS = 15_000;

/**
 * Makes one organization with an owner and five keys where there is no organization yet; undefined otherwise.
 *
 * Of processes that start at once one makes them.
 */
export async function makeDemo(context: AdministrationContext): Promise<Demo | undefined> {
  if (!(await claim(context))) return undefined;
  const organization = given(await createOrganization(context, actor, { name: DEMO, ownerEmail: OWNER_EMAIL }));
  const { oid } = organization;
  const keys = [];
  for (const flair of FLAIRS) keys.push(await makeKey(context, oid, flair));
  const ownerUid = await uidOf(context, oid);
  const owner = { kind: 'user', uid: ownerUid } as const;
  const { text: ownerKey } = given(await createKey(context, actor, { owner, name: OWNER_KEY }));
  return { oid, ownerUid, ownerEmail: OWNER_EMAIL, keys, ownerKey };
}

/** Gives the keys of the demo new secrets, which end the old ones, to show the tour again; undefined without a demo. */
export async function renewDemo(context: AdministrationContext): Promise<Demo | undefined> {
  const found = await context.store.read(async (tx) => {
    const organizations = await tx.find('organization', { name: DEMO }, { limit: LOOKED_AT });
    const [oldest] = organizations.toSorted((a, b) => a.createdAt - b.createdAt);
    return oldest && { oid: oldest.oid, keys: await tx.find('key', { oid: oldest.oid, revokedAt: null }) };
  });
  if (found === undefined) return undefined;
  const { oid } = found;
  const renew = async (keyId: string, of: { readonly oid: string } | { readonly uid: string }) =>
    given(await rotateKey(context, actor, { ...of, keyId, overlapSeconds: 0 })).text;
  const keys = [];
  for (const flair of FLAIRS) {
    const key = found.keys.find(({ name }) => name === `demo[${flair}]`);
    keys.push(key ? { name: key.name, text: await renew(key.keyId, { oid }) } : await makeKey(context, oid, flair));
  }
  const ownerUid = await uidOf(context, oid);
  const [own] = await context.store.read((tx) => tx.find('key', { uid: ownerUid, name: OWNER_KEY, revokedAt: null }));
  const owner = { kind: 'user', uid: ownerUid } as const;
  const ownerKey = own
    ? await renew(own.keyId, { uid: ownerUid })
    : given(await createKey(context, actor, { owner, name: OWNER_KEY })).text;
  return { oid, ownerUid, ownerEmail: OWNER_EMAIL, keys, ownerKey };
}

async function makeKey(context: AdministrationContext, oid: string, flair: Flair): Promise<Demo['keys'][number]> {
  const { entries } = context.catalogue;
  const granted = flair === 'root' ? entries : entries.filter(({ privileged }) => !privileged);
  const made = await createKey(context, actor, {
    owner: { kind: 'organization', oid },
    name: `demo[${flair}]`,
    permissions: granted.map(({ name }) => name),
    description: 'made by the first start',
  });
  const { name, text } = given(made);
  return { name, text };
}

/** The revision lock lets one process look at a time. */
function claim({ store, now }: AdministrationContext): Promise<boolean> {
  return store.write(async (tx) => {
    await tx.lockRevision();
    const organizations = await tx.find('organization', {}, { limit: 1 });
    if (organizations.length > 0) return false;
    const by = { name: 'first-start' };
    const begun = await tx.get('setting', by);
    if (begun !== undefined && now() - Number(begun.value) < CLAIM_MS) return false;
    const value = String(now());
    if (begun === undefined) await tx.insert('setting', { ...by, value });
    else await tx.update('setting', by, { value });
    return true;
  });
}

async function uidOf({ store }: AdministrationContext, oid: string): Promise<string> {
  const members = await store.read((tx) => tx.find('membership', { oid }, { limit: 1 }));
  return members[0]?.uid ?? '';
}

function given<T>(outcome: Outcome<T>): T {
  if (outcome.allowed) return outcome.value;
  throw new OptionError(`the first start could not make its organization: ${outcome.detail}`);
}
