import { FLAIRS, type Flair, OptionError, type Outcome } from '@flairgate/core';
import { type Actor, type AdministrationContext, createKey, createOrganization } from '@flairgate/core/administration';

/** The organization and keys that the first start creates, to be shown once. */
export interface Demo {
  readonly oid: string;
  readonly ownerUid: string;
  readonly ownerEmail: string;
  readonly keys: readonly { readonly name: string; readonly text: string }[];
}

const OWNER_EMAIL = 'owner@demo.example';
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
  const organization = given(await createOrganization(context, actor, { name: 'demo', ownerEmail: OWNER_EMAIL }));
  const { oid } = organization;
  const keys = [];
  for (const flair of FLAIRS) keys.push(await makeKey(context, oid, flair));
  return { oid, ownerUid: await uidOf(context, oid), ownerEmail: OWNER_EMAIL, keys };
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
