import { expect, vi } from 'vitest';
import type { ServerFixture } from './caller.ts';

/** Waits until every refusal so far is in the audit. They are written together, so this one is among the last. */
export async function refusalsWritten({ administration, organizationCaller, oid }: ServerFixture): Promise<void> {
  const at = `/v1/orgs/${oid}/users`;
  const written = () =>
    administration.store.read(async (tx) => (await tx.find('audit', { oid, outcome: 'refused' })).length);
  expect(await organizationCaller('GET', at)).toMatchObject({ status: 401, body: { missing: ['user.ctrl'] } });
  const before = await written();
  await vi.waitFor(async () => expect(await written()).toBeGreaterThan(before), { timeout: 10_000, interval: 50 });
}
