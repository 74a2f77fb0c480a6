import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues, type Issue } from '../../denial/issue.js';
import { integerIssues } from '../../options/integer.js';
import { readUserAccess } from '../../principal/access.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { MAX_PAGE } from '../command/cursor.js';

export interface UserOrganizationsInput {
  /**
   * Number of entries to skip.
   *
   * @default 0
   */
  readonly offset?: number | undefined;
  /**
   * Maximum number of entries, an integer from 1 to 1000.
   *
   * @default 1000
   */
  readonly limit?: number | undefined;
  /** Lists only organizations whose name contains this string, in any letter case. */
  readonly filter?: string | undefined;
  /**
   * Column to sort by.
   *
   * @default 'name'
   */
  readonly sortBy?: 'name' | 'oid' | undefined;
  readonly descending?: boolean | undefined;
}

export interface UserOrganizations {
  readonly organizations: readonly { readonly oid: string; readonly name: string }[];
  /** Number of matching organizations on all pages together. */
  readonly total: number;
}

/**
 * Lists the organizations that the acting user belongs to now. If the credential has all rights of its user, all the
 * user's organizations are listed, even if the credential is a token for only one organization or for none. With any
 * other credential, only the organizations in which the credential is valid are listed.
 *
 * Returns only the ids and names of the organizations, not the user's rights in them.
 *
 * @example
 * const outcome = await listUserOrganizations(context, actor, { filter: 'acme', sortBy: 'name' });
 * if (outcome.allowed) console.log(outcome.value.total);
 */
export async function listUserOrganizations(
  context: AdministrationContext,
  actor: Actor,
  input: UserOrganizationsInput,
): Promise<Outcome<UserOrganizations>> {
  const { offset = 0, limit = MAX_PAGE, filter = '', sortBy = 'name', descending = false } = input;
  const issues = pageIssues(offset, limit);
  if (issues.length > 0) return denyIssues(issues);
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const { uid } = actorState.value;
    if (uid === undefined) {
      return deny('ERR_USER_REQUIRED', { detail: 'only a user can list the organizations of a user' });
    }
    const wanted = filter.toLowerCase();
    const { whole, in: carried } = actorState.value;
    const found = (await organizationsOf(tx, uid)).filter(
      ({ oid, name }) => (whole || carried(oid) !== undefined) && name.toLowerCase().includes(wanted),
    );
    const sorted = found.sort((a, b) => compareIds(a[sortBy], b[sortBy]) || compareIds(a.oid, b.oid));
    if (descending) sorted.reverse();
    return allow({ organizations: sorted.slice(offset, offset + limit), total: found.length });
  });
}

async function organizationsOf(tx: ReadTransaction, uid: string): Promise<{ oid: string; name: string }[]> {
  const user = await tx.get('user', { uid });
  if (user === undefined) return [];
  const oids = [...(await readUserAccess(tx, user)).keys()];
  return (await tx.findIn('organization', 'oid', oids)).map(({ oid, name }) => ({ oid, name }));
}

function pageIssues(offset: number, limit: number): readonly Issue[] {
  return [
    ...integerIssues('offset', offset, { least: 0 }),
    ...integerIssues('limit', limit, { least: 1, most: MAX_PAGE }),
  ];
}

function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
