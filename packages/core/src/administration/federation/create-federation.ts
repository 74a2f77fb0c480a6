import { limits } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues } from '../../denial/issue.js';
import { plainTextIssue } from '../../denial/plain-text.js';
import { parseGrants } from '../../permission/grants.js';
import { parseKeyName } from '../../principal/key/key-name.js';
import { mintKeyId } from '../../principal/key/text.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { FederationRow, KeyRow } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { checkRoom } from '../command/caller-limits.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import type { Entitlements } from '../command/entitlements.js';
import { ORDINARY_KEY } from '../command/ordinary-key.js';
import { checkHeld } from '../escalation/check-held.js';
import { checkNoEscalation } from '../escalation/check-no-escalation.js';
import { continueIdentity } from '../keys/continue-identity.js';
import { isNameTaken } from '../keys/key-names.js';
import { checkFederationRule, type FederationRule } from './check-rule.js';

export interface CreateFederationInput extends FederationRule {
  readonly oid: string;
  /** Name with flairs, such as `deploy[segment]`. */
  readonly name: string;
  /** Permissions, and permission families such as `dr.*`. @default none */
  readonly permissions?: readonly string[] | undefined;
  readonly description?: string | undefined;
}

/** A new federation. */
export interface CreatedFederation {
  /** Public id. A request to exchange a token with this federation must contain the id. */
  readonly federationId: string;
  readonly name: string;
  /** True if the new federation takes over the identity of an earlier federation with the same name. */
  readonly continued: boolean;
}

type FederationKey = Omit<KeyRow, 'identity' | 'createdBy' | 'createdByName'> & { readonly oid: string };

interface PreparedFederation {
  readonly row: FederationKey;
  readonly rule: FederationRow;
}

/**
 * Creates a federation for a workload that an external issuer identifies, such as a GitHub Actions job. A federation
 * has no secret: the workload sends the token that it has received from the external issuer, and `exchangeFederated`
 * exchanges this token.
 *
 * Requires `apikey.ctrl`. Refuses with `ERR_VALIDATION`, `ERR_NOT_FOUND`, `ERR_PERMISSION_MISSING`, `ERR_ESCALATION`,
 * `ERR_LIMIT` or `ERR_NAME_TAKEN`.
 *
 * @example
 * const issuer = 'https://token.actions.githubusercontent.com';
 * const matches = { repository_id: '74', ref: 'refs/heads/main' };
 * const rule = { issuer, audience: 'https://api.example.com', matches };
 * const outcome = await createFederation(context, actor, { oid, name: 'deploy[segment]', ...rule });
 */
export async function createFederation(
  context: AdministrationContext,
  actor: Actor,
  input: CreateFederationInput,
): Promise<Outcome<CreatedFederation>> {
  const prepared = prepareFederation(context, input);
  if (!prepared.allowed) return prepared;
  return commandBy(
    context,
    actor,
    (tx, actorState) => insertFederation(tx, context, actorState, prepared.value),
    ({ federationId }) => ({ federation_id: federationId }),
  );
}

function prepareFederation(context: AdministrationContext, input: CreateFederationInput): Outcome<PreparedFederation> {
  const name = parseKeyName(input.name, context.unknownFlairs);
  if (!name.allowed) return name;
  const grants = parseGrants(input.permissions ?? [], context.catalogue);
  if (!grants.allowed) return grants;
  const rule = checkFederationRule(context.federationIssuers ?? new Map(), input);
  const described = plainTextIssue('description', input.description ?? '', limits.description);
  if (!('issuer' in rule)) return denyIssues(rule);
  if (described !== undefined) return denyIssues([described]);
  if (grants.value.length > limits.grants) {
    return denyIssues([{ field: 'permissions', message: `must have at most ${limits.grants} entries` }]);
  }
  const keyId = mintKeyId(context.random);
  const { oid } = input;
  return allow({
    rule: { ...rule, keyId, oid },
    row: {
      keyId,
      kind: 'federation',
      oid,
      uid: null,
      name: name.value.name,
      flairs: name.value.flairs,
      permissions: grants.value,
      ranges: [],
      description: input.description ?? null,
      createdAt: context.now(),
      expiresAt: null,
      ...ORDINARY_KEY,
    },
  });
}

async function insertFederation(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { row, rule }: PreparedFederation,
): Promise<Outcome<CreatedFederation>> {
  const checked = await checkFederation(tx, context, actorState, row);
  if (!checked.allowed) return checked;
  const { keyId, name, oid } = row;
  if (await isNameTaken(tx, row, context.now())) return deny('ERR_NAME_TAKEN', { members: { name } });
  const identity = await continueIdentity(tx, context, actorState, { key: row, power: checked.value });
  if (!identity.allowed) return identity;
  const { continued, secretContinued } = identity.value;
  const createdBy = actorState.identity ?? null;
  await tx.insert('key', { ...row, identity: identity.value.row.id, createdBy, createdByName: actorState.name });
  await tx.insert('federation', rule);
  tx.touch('key', keyId);
  await audit(tx, context, actorState, {
    oid,
    action: continued ? 'federation.recreate' : 'federation.create',
    target: keyId,
    details: { name, permissions: row.permissions, issuer: rule.issuer, matches: rule.matches, secretContinued },
  });
  return allow({ federationId: keyId, name, continued });
}

async function checkFederation(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, permissions, flairs }: FederationKey,
): Promise<Outcome<Entitlements | undefined>> {
  const held = checkHeld(context, actorState, oid, 'apikey.ctrl');
  if (!held.allowed) return held;
  if ((await tx.get('organization', { oid })) === undefined) {
    return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
  }
  const where = { oid, kind: 'federation', revokedAt: null } as const;
  const room = await checkRoom(tx, context, actorState, { name: 'federations', table: 'key', where });
  if (!room.allowed) return room;
  if (actorState.operator) return held;
  const target: Entitlements = {
    oid,
    grants: permissions,
    flairs,
    owner: false,
    narrowed: false,
    ranges: [],
    expiresAt: null,
  };
  const minted = checkNoEscalation(held.value, target, context.catalogue);
  return minted.allowed ? held : minted;
}
