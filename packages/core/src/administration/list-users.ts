import { allow, type Outcome } from '../answer/denial.js';
import type { MembershipRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import { type Actor, readStanding } from './actor.js';
import type { AdministrationContext } from './context.js';
import { type CursorScope, closePage, openPage, type Paged, type PageInput } from './cursor.js';
import { requireUserControl } from './require.js';

/** A user of an organization, as lists show one. */
export interface ListedUser {
  readonly uid: string;
  readonly email: string;
  readonly role: MembershipRow['role'];
  /** What the membership itself grants, families expanded. */
  readonly permissions: readonly string[];
}

/** Lists the members of an organization. Needs `user.ctrl`. */
export async function listUsers(
  context: AdministrationContext,
  actor: Actor,
  { oid, ...page }: PageInput & { readonly oid: string },
): Promise<Outcome<Paged<ListedUser>>> {
  return context.store.read(async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const held = requireUserControl(context, standing.value, oid);
    if (!held.allowed) return held;
    const scope: CursorScope = { list: `users:${oid}`, reader: standing.value.identity ?? '' };
    const opened = openPage(context.store, scope, page);
    if (!opened.allowed) return opened;
    const { limit, after } = opened.value;
    const rows = await tx.find(
      'membership',
      { oid },
      { limit: limit + 1, ...(after === undefined ? {} : { after: { uid: after, oid } }) },
    );
    const { entries, cursor } = closePage(context.store, scope, limit, rows, ({ uid }) => uid);
    const users = await Promise.all(entries.map((row) => describe(tx, context, row)));
    return allow({ entries: users, ...(cursor === undefined ? {} : { cursor }) });
  });
}

async function describe(
  tx: ReadTransaction,
  { catalogue }: AdministrationContext,
  { uid, role, permissions }: MembershipRow,
): Promise<ListedUser> {
  const user = await tx.get('user', { uid });
  return { uid, email: user?.email ?? '', role, permissions: catalogue.expand(permissions) };
}
