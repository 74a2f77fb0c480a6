import { type Denial, denyIssues, type Outcome } from '@flairgate/core';
import {
  admitGuarded,
  contentIn,
  decideGuarded,
  type GuardedAdmission,
  type GuardedTarget,
  hasOtherSpelling,
  isJson,
  type Lease,
  type OwnershipSnapshot,
  ownershipOfMaker,
  type Plan,
} from '@flairgate/core/internal';
import type { RequestedWrite } from '@flairgate/core/resources';
import type { Call } from './call.js';
import { idOf } from './settings.js';

/** A write as the request describes it. */
export interface AskedWrite {
  /** Resources to write or to copy from, in the order in which they are decided. */
  readonly targets: readonly GuardedTarget[];
  /** True if the service chooses the id of the new resource. */
  readonly createsWithServerId: boolean;
}

/**
 * Result of the decisions about earlier targets of the same write. `source` is the ownership that was read for the
 * first target. A rename or a copy derives the ownership of the new resource from `source`.
 */
export interface Decided {
  readonly source: OwnershipSnapshot | undefined;
}

/** The decision about a write whose ids are known. */
export interface DecidedWrite extends Decided {
  readonly leases: readonly Lease[];
  /** Ids that the response may contain. */
  readonly ids: readonly string[];
  /** True if the caller may read the content of what it writes. */
  readonly full: boolean;
}

/**
 * Returns the resources that a request writes.
 *
 * Returns a refusal for an id that is not in its canonical spelling, and for an id in the body that differs from the id
 * in the path. Also refuses a body member that a service could mistake for the id, such as `ID` for `id`.
 */
export function askedWrite(call: Call, id: string | undefined, body: unknown): AskedWrite | Denial {
  const { guard, route } = call;
  // A service whose database treats `ID` as `id` would move the resource away from its ownership.
  if (isJson(body) && hasOtherSpelling(body, guard.field)) return badId(guard.field);
  const inBody = isJson(body) && Object.hasOwn(body, guard.field);
  const bodyId = isJson(body) ? idOf(guard, body) : undefined;
  if (route.kind === 'create')
    return inBody ? askedCreate(call, bodyId, body) : { targets: [], createsWithServerId: true };
  if (id === undefined) return { targets: [], createsWithServerId: false };
  if (route.kind === 'rename' || route.kind === 'copy') return twoTargets(call, id, bodyId, body);
  if (inBody && bodyId !== id) return badId(guard.field, 'it is not the id in the path');
  return one(call, id, route.kind === 'update' && route.body === 'replace' ? 'replace' : writeKindOf(route.kind), body);
}

function askedCreate(call: Call, bodyId: string | undefined, body: unknown): AskedWrite | Denial {
  if (call.route.ids === 'server') return badId(call.guard.field, 'the service gives the id');
  return bodyId === undefined ? badId(call.guard.field) : one(call, bodyId, 'create', body);
}

function writeKindOf(kind: Call['route']['kind']): RequestedWrite['kind'] {
  return kind === 'upsert' || kind === 'delete' ? kind : 'patch';
}

function one(call: Call, id: string, kind: RequestedWrite['kind'], body: unknown): AskedWrite {
  return { targets: [{ id, write: toRequestedWrite(call, kind, body) }], createsWithServerId: false };
}

function twoTargets(call: Call, id: string, bodyId: string | undefined, body: unknown): AskedWrite | Denial {
  const { guard, req, route } = call;
  const given = route.target === undefined ? bodyId : route.target(req);
  const target = given === undefined ? undefined : idOf(guard, { [guard.field]: given });
  if (given !== undefined && (target === undefined || target === id)) return badId('target');
  const source = { id, write: toRequestedWrite(call, route.kind === 'rename' ? 'rename' : 'copy', body) };
  if (target !== undefined) {
    const made = { id: target, write: toRequestedWrite(call, 'create', undefined) };
    return { targets: [source, made], createsWithServerId: false };
  }
  return route.kind === 'rename' ? badId('target') : { targets: [source], createsWithServerId: true };
}

function badId(field: string, message = 'must be an id in the spelling of the service'): Denial {
  return denyIssues([{ field, message }]);
}

function toRequestedWrite({ guard, req }: Call, kind: RequestedWrite['kind'], body: unknown): RequestedWrite {
  const { headers } = req;
  const inBody = guard.validators.map((path) => textAt(body, path));
  const versions = [headers['if-match'], headers['if-unmodified-since'], ...inBody].filter(
    (text) => text !== undefined,
  );
  return {
    kind,
    // The service may compare each of them, so `*` beside a specific version does not make the write unconditional.
    version: versions.length === 0 ? 'none' : versions.every((text) => text === '*') ? 'any' : 'unchecked',
    onlyAbsent: headers['if-none-match'] !== undefined,
    content: contentIn(body, guard.content),
  };
}

function textAt(value: unknown, [name, ...rest]: readonly string[]): string | undefined {
  if (name === undefined) return value === undefined || value === null ? undefined : String(value);
  return isJson(value) && Object.hasOwn(value, name) ? textAt(value[name], rest) : undefined;
}

/** A target of a write, together with its lease. */
export interface LeasedTarget {
  readonly target: GuardedTarget;
  readonly lease: Lease;
  /** True if the service has the resource. */
  readonly exists: boolean;
}

/** Decides about one target of a write. Runs inside the transaction that stores the decision. */
export function planTarget(
  call: Call,
  { target, lease, exists }: LeasedTarget,
  snapshot: OwnershipSnapshot,
  decided: Decided,
): { readonly admission: Outcome<GuardedAdmission>; readonly plan: Plan; readonly full: boolean } {
  const { caller } = call;
  const { token } = lease.intent;
  const { id } = target;
  const admission = admitGuarded(caller, snapshot, target, { exists, token });
  const full = !exists || decideGuarded({ caller, snapshot, id, token }, 'read').allowed;
  const plan = admission.allowed ? planOf(call, admission.value, snapshot.owned.get(id), decided) : HOLD;
  return { admission, full, plan: { ...plan, dropFirst: !exists } };
}

const HOLD: Plan = Object.freeze({ operation: 'hold', strict: false, dropFirst: false });

function planOf(
  call: Call,
  admission: GuardedAdmission,
  row: ReturnType<OwnershipSnapshot['owned']['get']>,
  decided: Decided,
): Plan {
  const { caller, space } = call;
  if (admission === 'read') return HOLD;
  if (admission === 'delete') return { ...HOLD, operation: 'delete' };
  if (admission === 'create') {
    const pending = ownershipOfNew(call, decided);
    const guards = pending.lockedBy !== null || pending.secretTo !== null || space.tenancy === 'shared';
    return { ...HOLD, operation: 'create', pending, strict: guards };
  }
  const { createdBy = null, lockedBy = null, secretTo = null } = row ?? {};
  if (!caller.lock || lockedBy !== null) return { ...HOLD, operation: 'update' };
  return { ...HOLD, operation: 'update', pending: { createdBy, lockedBy: caller.identity, secretTo }, strict: true };
}

/**
 * Returns the ownership of a new resource. A renamed resource keeps its ownership. Any other new resource, including a
 * copy, belongs to its creator. A copy of a secret resource is secret to the same identity as the original.
 */
export function ownershipOfNew({ caller, route }: Call, { source }: Decided) {
  const maker = ownershipOfMaker(caller);
  const [row] = source?.owned.values() ?? [];
  if (route.kind === 'rename') {
    const { createdBy = null, lockedBy = null, secretTo = null } = row ?? {};
    return { createdBy, lockedBy, secretTo };
  }
  return { ...maker, secretTo: row?.secretTo ?? maker.secretTo };
}
