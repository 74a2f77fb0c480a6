import type { OrganizationCaller, Ownership } from '@flairgate/core/resources';
import fc from 'fast-check';

/** A row of the table all backends load. */
export interface RuleRow {
  readonly pk: number;
  readonly oid: string;
  readonly created_by: string | null;
  readonly locked_by: string | null;
  readonly secret_to: string | null;
  readonly data: string;
}

export const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

// Few ids, so that they meet; each also stands where it does not belong, so that mixing the fields up is seen.
const identities = fc.constantFrom('key-1', 'key-2', 'key-3', 'sid-1');
const secretIds = fc.constantFrom('sid-1', 'sid-2', 'sid-3', 'key-1');
const organizations = fc.constantFrom('org-a', 'org-b', "org-'; drop table rule; --");

export const parties: fc.Arbitrary<OrganizationCaller> = fc.record({
  oid: organizations,
  identity: identities,
  secretId: secretIds,
  segment: fc.boolean(),
  lock: fc.boolean(),
  secret: fc.boolean(),
  root: fc.boolean(),
});

export const ownerships: fc.Arbitrary<Ownership> = fc.record({
  createdBy: fc.option(identities),
  lockedBy: fc.option(identities),
  secretTo: fc.option(secretIds),
});

export function sampleRows(count: number): readonly RuleRow[] {
  const samples = fc.sample(fc.tuple(organizations, ownerships), { numRuns: count, seed });
  return samples.map(([oid, ownership], index) => ({
    pk: index + 1,
    oid,
    created_by: ownership.createdBy,
    locked_by: ownership.lockedBy,
    secret_to: ownership.secretTo,
    data: `content of ${index + 1}`,
  }));
}

export function sampleParties(count: number): readonly OrganizationCaller[] {
  return fc.sample(parties, { numRuns: count, seed: seed + 1 });
}

export function ownershipOf(row: RuleRow): Ownership {
  return { createdBy: row.created_by, lockedBy: row.locked_by, secretTo: row.secret_to };
}
