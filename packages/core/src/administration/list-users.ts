import { allow, type Outcome } from '../answer/denial.js';
import type { MembershipRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import { type Actor, readStanding } from './actor.js';
import type { AdministrationContext } from './context.js';
import { type CursorScope, findPage, type Paged, type PageInput, readList, showPage } from './cursor.js';
import { versionedMembership } from './expected-version.js';
import { findMember } from './members.js';
import { requireUserControl } from './require.js';

/** A user of an organization, as lists show one. */
export interface ListedUser {
  readonly uid: string;
  readonly email: string;
  readonly role: MembershipRow['role'];
  /** What the membership itself grants, families expanded. */
  readonly permissions: readonly string[];
  /** Names this state of the membership. */
  readonly version: string;
}

/** Lists the members of an organization. Needs `user.ctrl`. */
export async function listUsers(
  context: AdministrationContext,
  actor: Actor,
  { oid, ...page }: PageInput & { readonly oid: string },
): Promise<Outcome<Paged<ListedUser>>> {
  return readList(page, (slice) => pageOfUsers(context, actor, { oid, ...slice }));
}

async function pageOfUsers(
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
    const rows = await findPage(context.store, tx, scope, page, {
      table: 'membership',
      where: { oid },
      placeOf: ({ uid }) => uid,
      after: (uid) => ({ uid, oid }),
    });
    return rows.allowed ? allow(await showPage(rows.value, (found) => describe(tx, context, found))) : rows;
  });
}

/** Reads one member of an organization, by e-mail address or uid. Needs `user.ctrl`. */
export async function readMember(
  context: AdministrationContext,
  actor: Actor,
  { oid, email }: { readonly oid: string; readonly email: string },
): Promise<Outcome<ListedUser>> {
  return context.store.read(async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const held = requireUserControl(context, standing.value, oid);
    if (!held.allowed) return held;
    const member = await findMember(tx, oid, email);
    return member.allowed ? allow(describeOne(context, member.value.membership, member.value.user.email)) : member;
  });
}

async function describe(
  tx: ReadTransaction,
  context: AdministrationContext,
  rows: readonly MembershipRow[],
): Promise<readonly ListedUser[]> {
  const uids = rows.map(({ uid }) => uid);
  const users = await tx.findIn('user', 'uid', uids);
  const emails = new Map(users.map(({ uid, email }) => [uid, email]));
  return rows.map((row) => describeOne(context, row, emails.get(row.uid) ?? ''));
}

function describeOne({ catalogue }: AdministrationContext, row: MembershipRow, email: string): ListedUser {
  const { uid, role, permissions } = row;
  const { version } = versionedMembership(row);
  return { uid, email, role, permissions: catalogue.expand(permissions), version };
}
