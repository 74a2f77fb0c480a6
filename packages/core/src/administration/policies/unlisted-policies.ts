import type { PolicyRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';

const POLICIES_AT_ONCE = 100;

/**
 * Lists the policies that the store does not find by a group that they name. What they grant does not apply.
 *
 * A store that keeps an index of these groups finds all of them; after edits by hand, or a copy that was made without
 * its triggers, it could miss some. To write such a policy again puts it right.
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
