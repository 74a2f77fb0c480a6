import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import { apiUserName } from '../../store/api-user-name.js';
import type { KeyRow, UsageRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { compareValues } from '../../store/values.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { closePage, openPage, type Paged, type PageInput } from '../command/cursor.js';
import { DAY_MS } from '../command/day.js';
import { checkHeld, isSegmented } from '../escalation/check-held.js';
import { USAGE_DAYS } from './write-usage.js';

/** Number of days that are read if the request does not set `from`. */
const DEFAULT_DAYS = 30;

/** Maximum number of keys whose usage a segmented key (`segment` flair) can read at once. */
const MAX_OWN_KEYS = 1000;

/** Selects usage in an organization. Days are strings such as `2026-11-30`, in UTC. */
export interface ReadUsageInput extends PageInput {
  readonly oid: string;
  /**
   * First day.
   *
   * @default 29 days before the last day
   */
  readonly from?: string | undefined;
  /**
   * Last day.
   *
   * @default today
   */
  readonly to?: string | undefined;
  /** Public id of a key. Only the usage of this key is returned. @default all keys */
  readonly keyId?: string | undefined;
}

/** Usage of one key on one day. */
export interface KeyUsage extends Omit<UsageRow, 'oid' | 'day'> {
  /** Day in UTC, such as `2026-11-30`. */
  readonly day: string;
  /** Display name of the key. Undefined if the key no longer exists. */
  readonly ident: string | undefined;
}

/**
 * Returns the usage of each key on each day, oldest day first. Calls of the last seconds may be missing, because each
 * process writes its counts with a delay.
 *
 * Requires `audit.get`. A segmented key (`segment` flair) sees only its own usage and the usage of keys that it
 * created.
 *
 * @example
 * const outcome = await readUsage(context, actor, { oid, from: '2026-11-01' });
 * if (outcome.allowed) for (const { ident, day, calls } of outcome.value.entries) console.log(day, ident, calls);
 */
export async function readUsage(
  context: AdministrationContext,
  actor: Actor,
  { oid, from, to, keyId, ...page }: ReadUsageInput,
): Promise<Outcome<Paged<KeyUsage>>> {
  const days = parseDays(from, to, Math.floor(context.now() / DAY_MS));
  if (!days.allowed) return days;
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const held = checkHeld(context, actorState.value, oid, 'audit.get');
    if (!held.allowed) return held;
    const reader = actorState.value.identity ?? '';
    const scope = { list: `usage:${JSON.stringify([oid, keyId, days.value])}`, reader };
    const opened = openPage(context.store, scope, page);
    if (!opened.allowed) return opened;
    const { limit, after } = opened.value;
    const keyIds = await keysToRead(tx, {
      oid,
      keyId,
      actorState: actorState.value,
      segmented: isSegmented(held.value),
    });
    const { first, last } = days.value;
    const rows = await findUsage(tx, {
      oid,
      keyIds,
      after: parsePlace(after) ?? { day: first - 1 },
      last,
      limit: limit + 1,
    });
    const closed = closePage(context.store, scope, { rows, limit }, ({ day, keyId: at }) => JSON.stringify([day, at]));
    return allow({ ...closed, entries: await describeAll(tx, closed.entries) });
  });
}

interface Days {
  readonly first: number;
  readonly last: number;
}

function parseDays(from: string | undefined, to: string | undefined, today: number): Outcome<Days> {
  const last = to === undefined ? today : parseDay(to);
  if (last === undefined) return denyDay('to');
  const first = from === undefined ? last - DEFAULT_DAYS + 1 : parseDay(from);
  if (first === undefined) return denyDay('from');
  if (first <= last && last - first < USAGE_DAYS) return allow({ first, last });
  return denyIssues([{ field: 'from', message: `must be at most ${USAGE_DAYS} days before to, and not after it` }]);
}

function denyDay(field: string) {
  return denyIssues([{ field, message: 'must be a day such as 2026-11-30' }]);
}

/**
 * Parses a day as the number of days since the Unix epoch. Returns undefined if the string is not a valid calendar day.
 */
function parseDay(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) || dayText(at / DAY_MS) !== text ? undefined : at / DAY_MS;
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

interface Reading {
  readonly oid: string;
  readonly keyId: string | undefined;
  readonly actorState: ActorState;
  readonly segmented: boolean;
}

/**
 * Returns the ids of the keys to read: the requested keys, without those that the reader may not see. Undefined means
 * all keys of the organization.
 */
async function keysToRead(
  tx: ReadTransaction,
  { oid, keyId, actorState, segmented }: Reading,
): Promise<readonly string[] | undefined> {
  const asked = keyId === undefined ? undefined : [keyId];
  if (!segmented) return asked;
  const own = await ownKeys(tx, oid, actorState);
  return asked?.filter((one) => own.includes(one)) ?? own;
}

async function ownKeys(
  tx: ReadTransaction,
  oid: string,
  { identity = '', keyId = '' }: ActorState,
): Promise<readonly string[]> {
  const made = await tx.find('key', { oid, createdBy: identity }, { limit: MAX_OWN_KEYS });
  return [...new Set([keyId, ...made.map((key) => key.keyId)])];
}

interface UsagePosition {
  readonly day: number;
  readonly keyId?: string;
}

function parsePlace(cursor: string | undefined): UsagePosition | undefined {
  if (cursor === undefined) return undefined;
  const [day, keyId] = JSON.parse(cursor);
  return { day, keyId };
}

interface Sought {
  readonly oid: string;
  /** Ids of the keys to read. Undefined means all keys of the organization. */
  readonly keyIds: readonly string[] | undefined;
  readonly after: UsagePosition;
  readonly last: number;
  readonly limit: number;
}

async function findUsage(
  tx: ReadTransaction,
  { oid, keyIds, after, last, limit }: Sought,
): Promise<readonly UsageRow[]> {
  const page = { after: { oid, ...after }, limit };
  const found: UsageRow[] = [];
  if (keyIds === undefined) found.push(...(await tx.find('usage', { oid }, page)));
  for (const keyId of keyIds ?? []) found.push(...(await tx.find('usage', { oid, keyId }, page)));
  return found
    .filter(({ day }) => day <= last)
    .sort((a, b) => a.day - b.day || compareValues(a.keyId, b.keyId))
    .slice(0, limit);
}

/**
 * Converts usage rows to entries, and adds the display name of each key. The display names have the same form as in the
 * audit.
 */
async function describeAll(tx: ReadTransaction, rows: readonly UsageRow[]): Promise<readonly KeyUsage[]> {
  const keys = await tx.findIn('key', 'keyId', [...new Set(rows.map(({ keyId }) => keyId))]);
  const uids = keys.map(({ uid }) => uid).filter((uid) => uid !== null);
  const users = new Map((await tx.findIn('user', 'uid', [...new Set(uids)])).map((user) => [user.uid, user]));
  const identOf = ({ kind, uid, name }: KeyRow): string => {
    const user = uid === null ? undefined : users.get(uid);
    if (user === undefined) return name;
    const address = user.type === 'api' ? apiUserName(user) : user.email;
    return kind === 'api-user' ? address : `${name}@${address}`;
  };
  const names = new Map(keys.map((key) => [key.keyId, identOf(key)]));
  return rows.map(({ oid: _, day, ...sums }) => ({ ...sums, day: dayText(day), ident: names.get(sums.keyId) }));
}
