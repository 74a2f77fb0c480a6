import { limits } from '../../bounds.js';
import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues, type Issue } from '../../denial/issue.js';
import { plainTextIssue } from '../../denial/plain-text.js';
import { parseKeyName } from '../../principal/key/key-name.js';
import { parseRanges } from '../../principal/key/ranges.js';
import { mintKeyId, mintKeyText } from '../../principal/key/text.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyRow, ServicePolicy } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, command, urgently } from '../command/context.js';
import { ORDINARY_KEY } from '../command/ordinary-key.js';
import { continueIdentity } from '../keys/continue-identity.js';
import { isNameTaken } from '../keys/key-names.js';
import { parseServicePolicy } from './service-policy.js';

export interface CreateServiceKeyInput extends ServicePolicy {
  /** Name of the service, without flairs. */
  readonly name: string;
  /**
   * CIDR ranges from which the key may be used.
   *
   * @default any address
   */
  readonly ranges?: readonly string[];
  /**
   * Expiry time, in milliseconds since the Unix epoch.
   *
   * @default never
   */
  readonly expiresAt?: number;
  readonly description?: string;
  /**
   * Format of the key text.
   *
   * @default `keyFormat` of the context
   */
  readonly format?: AdministrationContext['keyFormat'];
}

export interface CreatedServiceKey {
  readonly keyId: string;
  readonly name: string;
  /** Complete text of the key. Show the text now, because it is not stored. */
  readonly text: string;
  /** True if the key continues the identity of an earlier key with the same name. */
  readonly continued: boolean;
}

interface PreparedServiceKey {
  readonly row: Omit<KeyRow, 'identity' | 'createdBy' | 'createdByName'> & { readonly policy: ServicePolicy };
  readonly text: string;
  readonly hash: string;
}

/**
 * Creates a key for a service and returns its text. Only the operator may do this.
 *
 * Refuses with `ERR_VALIDATION`, `ERR_ESCALATION` or `ERR_NAME_TAKEN`. If a revoked or expired key had the same name,
 * the new key continues the identity of that key.
 *
 * @example
 * const mayExchange = [{ audience: 'sensors', permissions: ['sensor.list'] }];
 * const outcome = await createServiceKey(context, actor, { name: 'gateway', organizations: [oid], mayExchange });
 * if (outcome.allowed) console.log(outcome.value.text); // shown once
 */
export async function createServiceKey(
  context: AdministrationContext,
  actor: Actor,
  input: CreateServiceKeyInput,
): Promise<Outcome<CreatedServiceKey>> {
  if (actor.kind !== 'operator') return denyAllButOperator();
  const prepared = await prepare(context, input);
  if (!prepared.allowed) return prepared;
  return command(context, async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    return actorState.allowed ? insertServiceKey(tx, context, actorState.value, prepared.value) : actorState;
  });
}

function denyAllButOperator(): Denial {
  return deny('ERR_ESCALATION', {
    detail: "only the operator's command line manages service keys",
    members: { dimension: 'organizations', beyond: [] },
  });
}

async function prepare(
  context: AdministrationContext,
  input: CreateServiceKeyInput,
): Promise<Outcome<PreparedServiceKey>> {
  const name = parseKeyName(input.name, context.unknownFlairs);
  if (!name.allowed) return name;
  const ranges = parseRanges(input.ranges ?? []);
  if (!ranges.allowed) return ranges;
  const policy = parseServicePolicy(input, context.catalogue);
  if (!policy.allowed) return policy;
  const now = context.now();
  const issues = serviceKeyIssues(input, name.value.flairs.length, now);
  if (issues.length > 0) return denyIssues(issues);
  const keyId = mintKeyId(context.random);
  const text = mintKeyText(input.format ?? context.keyFormat, keyId, context.random);
  const row = {
    keyId,
    kind: 'service' as const,
    oid: null,
    uid: null,
    name: name.value.name,
    flairs: [],
    permissions: [],
    ranges: ranges.value,
    description: input.description ?? null,
    createdAt: now,
    expiresAt: input.expiresAt ?? null,
    ...ORDINARY_KEY,
    policy: policy.value,
  };
  return allow({ row, text, hash: await context.hashSecret(text) });
}

function serviceKeyIssues(input: CreateServiceKeyInput, flairs: number, now: number): readonly Issue[] {
  const { expiresAt, description = '' } = input;
  const issues: Issue[] = [];
  if (flairs > 0) issues.push({ field: 'name', message: 'must have no flairs' });
  if (expiresAt !== undefined && !(Number.isSafeInteger(expiresAt) && expiresAt > now)) {
    issues.push({ field: 'expires', message: 'must be in the future' });
  }
  const described = plainTextIssue('description', description, limits.description);
  if (described !== undefined) issues.push(described);
  return issues;
}

async function insertServiceKey(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { row, text, hash }: PreparedServiceKey,
): Promise<Outcome<CreatedServiceKey>> {
  const { keyId, name, policy } = row;
  for (const oid of policy.organizations === 'all' ? [] : policy.organizations) {
    if ((await tx.get('organization', { oid })) !== undefined) continue;
    return denyIssues([{ field: 'organizations', message: `must be existing organizations; unknown: ${oid}` }]);
  }
  if (await isNameTaken(tx, row, context.now())) return deny('ERR_NAME_TAKEN', { members: { name } });
  const identity = await continueIdentity(tx, context, actorState, { key: row, power: undefined });
  if (!identity.allowed) return identity;
  const { row: of, continued } = identity.value;
  await tx.insert('key', { ...row, identity: of.id, createdBy: null, createdByName: actorState.name });
  const tag = context.store.material.tag(text);
  await tx.insert('secret', { tag, keyId, hash, createdAt: row.createdAt, endsAt: null, lastUsedAt: null });
  tx.touch('key', keyId);
  await audit(tx, context, actorState, {
    oid: null,
    action: continued ? 'service-key.recreate' : 'service-key.create',
    target: keyId,
    details: { name, organizations: policy.organizations, mayExchange: policy.mayExchange },
  });
  return allow({ keyId, name, text, continued });
}

/** A service key, as shown in lists. */
export type ListedServiceKey = Pick<KeyRow, 'keyId' | 'name' | 'createdAt' | 'expiresAt' | 'description' | 'ranges'> &
  ServicePolicy;

/**
 * Lists the service keys that are not revoked. Only the operator may do this.
 *
 * @example
 * const outcome = await listServiceKeys(context, actor);
 */
export async function listServiceKeys(
  context: AdministrationContext,
  actor: Actor,
): Promise<Outcome<readonly ListedServiceKey[]>> {
  if (actor.kind !== 'operator') return denyAllButOperator();
  const keys = await context.store.read((tx) => tx.find('key', { oid: null, kind: 'service' }));
  return allow(keys.filter((key) => key.revokedAt === null).map(listed));
}

function listed({ keyId, name, createdAt, expiresAt, description, ranges, policy }: KeyRow): ListedServiceKey {
  const { organizations = [], mayExchange = [] } = policy ?? {};
  return { keyId, name, createdAt, expiresAt, description, ranges, organizations, mayExchange };
}

/**
 * Revokes a service key and every token issued to the service on behalf of a caller. Only the operator may do this.
 *
 * @example
 * const outcome = await revokeServiceKey(context, actor, { keyId });
 */
export async function revokeServiceKey(
  context: AdministrationContext,
  actor: Actor,
  { keyId }: { readonly keyId: string },
): Promise<Outcome<{ readonly keyId: string }>> {
  if (actor.kind !== 'operator') return denyAllButOperator();
  return command(urgently(context), async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const key = await tx.get('key', { keyId });
    if (key === undefined || key.kind !== 'service' || key.revokedAt !== null) {
      return deny('ERR_NOT_FOUND', { detail: 'no such key' });
    }
    await tx.update('key', { keyId }, { revokedAt: context.now() });
    tx.touch('key', keyId);
    // Tokens issued to the service contain the service's identity, not the key id, so the tokens are revoked by the
    // identity.
    tx.touch('user', key.identity);
    const entry = { oid: null, action: 'service-key.revoke', target: keyId, details: { name: key.name } };
    await audit(tx, context, actorState.value, entry);
    return allow({ keyId });
  });
}
