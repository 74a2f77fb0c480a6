import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OptionError, type Outcome } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  type CreateServiceKeyInput,
  createKey,
  createOrganization,
  createServiceKey,
  listServiceKeys,
  revokeServiceKey,
} from '@flairgate/core/administration';

/** Callers of the story, to be shown once. */
export interface Callers {
  readonly oid: string;
  readonly analyst: string;
  readonly vendor: string;
  /** Public id of the vendor's key, by which it is revoked. */
  readonly vendorHash: string;
}

const actor: Actor = { kind: 'operator', name: 'microservices example' };

/** Makes an organization with two keys where there is no organization yet; undefined otherwise. */
export async function makeCallers(context: AdministrationContext): Promise<Callers | undefined> {
  const existing = await context.store.read((tx) => tx.find('organization', {}, { limit: 1 }));
  if (existing.length > 0) return undefined;
  const { oid } = given(await createOrganization(context, actor, { name: 'demo' }));
  const owner = { kind: 'organization', oid } as const;
  const working = ['sensor.list', 'dr.list', 'dr.set', 'dr.del'];
  const analyst = given(
    await createKey(context, actor, { owner, name: 'analyst', permissions: [...working, 'apikey.ctrl'] }),
  );
  const vendor = given(await createKey(context, actor, { owner, name: 'vendor[segment]', permissions: working }));
  return { oid, analyst: analyst.text, vendor: vendor.text, vendorHash: vendor.keyId };
}

/** Policies of the services: `sensors` can read rules on behalf of its callers, and nothing else. */
const POLICIES: readonly CreateServiceKeyInput[] = [
  { name: 'rules', organizations: 'all', mayExchange: [] },
  { name: 'sensors', organizations: 'all', mayExchange: [{ audience: 'rules', permissions: ['dr.list'] }] },
];

/** Makes a new key for each service at every start, and ends the one of the start before. */
export async function makeServiceKeys(
  context: AdministrationContext,
): Promise<{ readonly rules: string; readonly sensors: string }> {
  for (const { keyId, name } of given(await listServiceKeys(context, actor))) {
    if (POLICIES.some((policy) => policy.name === name)) given(await revokeServiceKey(context, actor, { keyId }));
  }
  const [rules = '', sensors = ''] = await Promise.all(
    POLICIES.map(async (policy) => given(await createServiceKey(context, actor, policy)).text),
  );
  return { rules, sensors };
}

/** Writes the key of each service into a file of its own, where it has none yet, and ends the one before. */
export async function writeServiceKeys(context: AdministrationContext, folder: string): Promise<void> {
  const existing = given(await listServiceKeys(context, actor));
  for (const policy of POLICIES) {
    const file = join(folder, policy.name);
    const before = existing.filter(({ name }) => name === policy.name);
    if (before.length > 0 && existsSync(file)) continue;
    for (const { keyId } of before) given(await revokeServiceKey(context, actor, { keyId }));
    writeFileSync(file, given(await createServiceKey(context, actor, policy)).text, { mode: 0o600 });
  }
}

function given<T>(outcome: Outcome<T>): T {
  if (outcome.allowed) return outcome.value;
  throw new OptionError(`the example could not make what it needs: ${outcome.detail}`);
}
