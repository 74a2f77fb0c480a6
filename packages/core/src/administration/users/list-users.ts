import { allow, type Outcome } from '../../denial/denial.js';
import type { MembershipRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { type CursorScope, findPage, type Paged, type PageInput, readList, showPage } from '../command/cursor.js';
import { versionedMembership } from '../command/expected-version.js';
import { giverOf } from '../consent/consent.js';
import { isOpen } from '../consent/offers.js';
import { checkUserControl } from '../escalation/check-held.js';
import { denyNoUser, findMember } from './members.js';

/** A user of an organization, as shown in lists. */
export interface ListedUser {
  readonly uid: string;
  /**
   * E-mail address. If the user has not accepted the membership, only the operator and the actor who entered the
   * address see the address. For all other actors, this field is undefined.
   */
  readonly email: string | undefined;
  /** True if the user has accepted the membership, false if the membership is only offered. */
  readonly accepted: boolean;
  readonly role: MembershipRow['role'];
  /** Permissions granted by the membership itself, without groups. Permission families (`dr.*`) are expanded. */
  readonly permissions: readonly string[];
  /** Version of the membership. */
  readonly version: string;
}

/**
 * Lists an organization's members, and the users to whom the organization offers a membership. Requires `user.ctrl`.
 *
 * @example
 * const outcome = await listUsers(context, actor, { oid, limit: 100 });
 */
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
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const held = checkUserControl(context, actorState.value, oid);
    if (!held.allowed) return held;
    const scope: CursorScope = { list: `users:${oid}`, reader: actorState.value.identity ?? '' };
    const rows = await findPage(context.store, tx, page, {
      scope,
      table: 'membership',
      where: { oid },
      placeOf: ({ uid }) => uid,
      after: (uid) => ({ uid, oid }),
    });
    if (!rows.allowed) return rows;
    return allow(await showPage(rows.value, (found) => describeMembers(tx, context, actorState.value, found)));
  });
}

/**
 * Returns one member of an organization, by e-mail address or uid. Requires `user.ctrl`.
 *
 * @example
 * const outcome = await readMember(context, actor, { oid, email: 'ann@example.com' });
 */
export async function readMember(
  context: AdministrationContext,
  actor: Actor,
  { oid, email }: { readonly oid: string; readonly email: string },
): Promise<Outcome<ListedUser>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const held = checkUserControl(context, actorState.value, oid);
    if (!held.allowed) return held;
    const member = await findMember(tx, oid, email, context.now());
    if (!member.allowed) return member;
    const [described] = await describeMembers(tx, context, actorState.value, [member.value.membership]);
    return described === undefined ? denyNoUser() : allow(described);
  });
}

/**
 * Converts memberships to the form shown in lists. Omits memberships that are only offered if all their offers have
 * expired.
 */
async function describeMembers(
  tx: ReadTransaction,
  { catalogue, now }: AdministrationContext,
  actorState: ActorState,
  rows: readonly MembershipRow[],
): Promise<readonly ListedUser[]> {
  const shown = rows.filter(({ accepted }) => accepted || actorState.operator).map(({ uid }) => uid);
  const emails = new Map((await tx.findIn('user', 'uid', shown)).map(({ uid, email }) => [uid, email]));
  const pending = rows.some(({ accepted }) => !accepted)
    ? await tx.find('offer', { oid: rows[0]?.oid ?? '', via: '' })
    : [];
  const open = pending.filter((offer) => isOpen(offer, now()));
  const listed: ListedUser[] = [];
  for (const row of rows) {
    const { uid, role, permissions, accepted } = row;
    let email = emails.get(uid);
    if (!accepted) {
      const offers = open.filter((offer) => offer.uid === uid);
      if (offers.length === 0) continue;
      email ??= offers.find(({ giver }) => giver === giverOf(actorState))?.address ?? undefined;
    }
    const { version } = versionedMembership(row);
    listed.push({ uid, email, role, permissions: catalogue.expand(permissions), accepted, version });
  }
  return listed;
}
