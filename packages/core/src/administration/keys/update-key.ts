import { limits } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues, type Issue } from '../../denial/issue.js';
import { plainTextIssue } from '../../denial/plain-text.js';
import type { Catalogue } from '../../permission/catalogue.js';
import { parseGrants } from '../../permission/grants.js';
import { parseRanges, rangesWithin } from '../../principal/key/ranges.js';
import { invalidReason } from '../../principal/read-subject.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyRow } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { checkVersion } from '../command/expected-version.js';
import { isWholeOwner } from '../escalation/check-held.js';
import { checkKeyState } from './check-key-state.js';
import { denyNoKey, findKey, type ReferredKey } from './find-key.js';
import { keyVersion } from './key-version.js';
import { type ListedKey, withSecrets } from './list-keys.js';

/** Changes to a key. Omitted fields keep their values. */
export interface KeyChange {
  /** New description; null removes it. */
  readonly description?: string | null;
  /** New permissions of an organization key: a subset of its current permissions. */
  readonly permissions?: readonly string[];
  /** CIDR ranges from which the key may be used; an empty list means any address. */
  readonly ranges?: readonly string[];
  /** Expiry time, in milliseconds since the Unix epoch; null means never. */
  readonly expiresAt?: number | null;
}

export interface UpdateKeyInput extends KeyChange {
  /** Organization of the key; absent for a user's own key. */
  readonly oid?: string;
  /**
   * User who owns the key. Without `oid` and `uid`, the key must belong to the acting user. For the operator, the key
   * may then belong to any user.
   */
  readonly uid?: string;
  readonly keyId: string;
  /** Version that the caller has seen, from `keyVersion`; `*` matches any version. */
  readonly version: string;
}

/**
 * Changes the description, permissions, address ranges or expiry of a key.
 *
 * Permissions can only be narrowed. To set a later expiry or wider address ranges, the actor must hold all rights of
 * the key (`checkNoEscalation`). If an organization key has the `secret` flair, only an owner or the operator may set a
 * later expiry or wider address ranges. A change to anything but the description revokes the tokens exchanged for the
 * key. An expired key cannot be changed: create it again.
 *
 * @example
 * const outcome = await updateKey(context, actor, { oid, keyId, version: '*', permissions: ['dr.list'] });
 */
export async function updateKey(
  context: AdministrationContext,
  actor: Actor,
  input: UpdateKeyInput,
): Promise<Outcome<ListedKey>> {
  const change = parseChange(input, context);
  if (!change.allowed) return change;
  return commandBy(context, actor, async (tx, actorState) => {
    const { oid, uid, keyId } = input;
    const reference = oid === undefined ? { ...(uid === undefined ? {} : { uid }), keyId } : { oid, keyId };
    const found = await findKey(tx, context, actorState, reference);
    if (!found.allowed) return found;
    const { key } = found.value;
    if (invalidReason({ ...key, disabledAt: null }, context.now()) !== undefined) return denyNoKey();
    const seen = checkVersion(keyVersion(key), input.version);
    if (!seen.allowed) return seen;
    const after = { ...key, ...change.value };
    const judged = await checkChange(tx, context, actorState, { ...found.value, after });
    if (!judged.allowed) return judged;
    await writeChange(tx, context, actorState, { key, after });
    const [listed] = await withSecrets(tx, [after]);
    return listed === undefined ? denyNoKey() : allow(listed);
  });
}

type Columns = Partial<Pick<KeyRow, 'description' | 'permissions' | 'ranges' | 'expiresAt'>>;

function parseChange(
  { description, permissions, ranges, expiresAt }: KeyChange,
  context: AdministrationContext,
): Outcome<Columns> {
  const given = [description, permissions, ranges, expiresAt].filter((member) => member !== undefined);
  if (given.length === 0) return denyIssues([{ field: 'field', message: 'at least one change must be sent' }]);
  const grants = parseGrants(permissions ?? [], context.catalogue);
  if (!grants.allowed) return grants;
  const parsed = parseRanges(ranges ?? []);
  if (!parsed.allowed) return parsed;
  const issues = issuesOf({ description, expiresAt }, context.now());
  if (issues.length > 0) return denyIssues(issues);
  return allow({
    ...(description === undefined ? {} : { description: description === '' ? null : description }),
    ...(permissions === undefined ? {} : { permissions: grants.value }),
    ...(ranges === undefined ? {} : { ranges: parsed.value }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
}

type GivenChanges<M extends keyof KeyChange> = { readonly [K in M]: KeyChange[K] | undefined };

function issuesOf(
  { description, expiresAt }: GivenChanges<'description' | 'expiresAt'>,
  now: number,
): readonly Issue[] {
  const isPast = typeof expiresAt === 'number' && !(Number.isSafeInteger(expiresAt) && expiresAt > now);
  const described = plainTextIssue('description', description ?? '', limits.description);
  return [
    ...(isPast ? [{ field: 'expires', message: 'must be in the future; to end the key now, revoke it' }] : []),
    ...(described === undefined ? [] : [described]),
  ];
}

interface KeyAfter extends ReferredKey {
  readonly after: KeyRow;
}

async function checkChange(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { key, power, after }: KeyAfter,
): Promise<Outcome<unknown>> {
  const added = addedGrants(key.permissions, after.permissions, context.catalogue);
  if (added.length > 0) {
    const detail = `the permissions of a key can only be narrowed: ${added.join(', ')}; create another key for more`;
    return deny('ERR_ESCALATION', { detail, members: { dimension: 'permissions', beyond: added } });
  }
  if (!isWider(key, after)) return allow(undefined);
  // Without this check, a caller who has the key's text could keep reading content that is secret to the key.
  if (key.flairs.includes('secret') && key.uid === null && !actorState.operator && !isWholeOwner(power)) {
    return deny('ERR_ESCALATION', { members: { dimension: 'secret', beyond: ['secret'] } });
  }
  return checkKeyState(tx, context, actorState, { key: after, power });
}

/**
 * Returns the grants in `after` that `before` does not cover. A permission family such as `dr.*` is covered only if
 * `before` contains the family itself. Single permissions never cover a family, because the family also grants
 * permissions that are added to the catalogue later.
 */
function addedGrants(before: readonly string[], after: readonly string[], catalogue: Catalogue): readonly string[] {
  const held = new Set([...before, ...catalogue.expand(before)]);
  return after.filter((grant) => !held.has(grant));
}

function isWider(before: KeyRow, after: KeyRow): boolean {
  const isLater = before.expiresAt !== null && (after.expiresAt === null || after.expiresAt > before.expiresAt);
  return isLater || !rangesWithin(after.ranges, before.ranges);
}

async function writeChange(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { key, after }: Pick<KeyAfter, 'key' | 'after'>,
): Promise<void> {
  const { description, permissions, ranges, expiresAt } = after;
  const details = changesOf(key, after);
  if (Object.keys(details).length === 0) return;
  await tx.update('key', { keyId: key.keyId }, { description, permissions, ranges, expiresAt });
  if (keyVersion({ ...key, description }) !== keyVersion(after)) tx.touch('key', key.keyId);
  await audit(tx, context, actorState, {
    oid: key.oid,
    action: 'key.update',
    target: key.keyId,
    details: { name: key.name, ...details },
  });
}

/** Returns the new values of the fields that changed, for the audit entry. */
function changesOf(before: KeyRow, after: KeyRow): Readonly<Record<string, unknown>> {
  const { description, permissions, ranges, expiresAt } = after;
  const changed = Object.entries({ description, permissions, ranges, expiresAt });
  return Object.fromEntries(
    changed.filter(([column, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(before, column))),
  );
}
