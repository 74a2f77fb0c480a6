import type { PolicyRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';

const POLICIES_AT_ONCE = 100;

/**
 * Returns the policies that are missing from the index by which the store finds the policies of a group. Permissions
 * that such a policy grants have no effect.
 *
 * Usually, no policy is missing. A policy may be missing after the database was edited by hand or copied without its
 * triggers. Writing the policy again adds the policy to the index.
 *
 * @example
 * const policies = await store.read((tx) => findUnlistedPolicies(tx));
 */
export async function findUnlistedPolicies(tx: ReadTransaction): Promise<readonly PolicyRow[]> {
  const unlisted: PolicyRow[] = [];
  let after = {};
  for (;;) {
    const page = await tx.find('policy', {}, { ...after, limit: POLICIES_AT_ONCE });
    for (const policy of page) if (!(await isPolicyListed(tx, policy))) unlisted.push(policy);
    const last = page.at(-1);
    if (last === undefined || page.length < POLICIES_AT_ONCE) return unlisted;
    after = { after: { oid: last.oid, name: last.name } };
  }
}

async function isPolicyListed(tx: ReadTransaction, { oid, name, grants }: PolicyRow): Promise<boolean> {
  for (const gid of Object.keys(grants)) {
    const found = await tx.findPolicies([oid], [gid]);
    if (!found.some((policy) => policy.name === name)) return false;
  }
  return true;
}
