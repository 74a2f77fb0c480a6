import { limits } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues } from '../../denial/issue.js';
import { plainTextIssue } from '../../denial/plain-text.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { OrganizationRow } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { checkLabel } from '../command/label.js';
import { checkHeld, isSegmented } from '../escalation/check-held.js';
import { checkNameFree } from './organization-names.js';

/** Changes to an organization. Omitted fields keep their values. */
export interface UpdateOrganizationInput {
  readonly oid: string;
  /**
   * New name of 1 to 128 printable characters. The name must be unique only if the option `uniqueOrganizationNames` is
   * set.
   */
  readonly name?: string | undefined;
  /** New description; null removes it. */
  readonly description?: string | null | undefined;
}

/**
 * Changes the name or the description of an organization, or both. Requires `org.conf.set`. Refuses segmented keys
 * (`segment` flair).
 *
 * @example
 * const outcome = await updateOrganization(context, actor, { oid, name: 'Acme', description: 'The parent company' });
 */
export async function updateOrganization(
  context: AdministrationContext,
  actor: Actor,
  { oid, ...given }: UpdateOrganizationInput,
): Promise<Outcome<OrganizationRow>> {
  const change = parseChange(given);
  if (!change.allowed) return change;
  return commandBy(context, actor, async (tx, actorState) => {
    const held = checkHeld(context, actorState, oid, 'org.conf.set');
    if (!held.allowed) return held;
    if (isSegmented(held.value)) {
      const detail = 'a key with the flair segment can change only what it created';
      return deny('ERR_ESCALATION', { detail, members: { dimension: 'segment', beyond: ['segment'] } });
    }
    const organization = await tx.get('organization', { oid });
    if (organization === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
    const after = { ...organization, ...change.value };
    const free = after.name === organization.name ? allow(undefined) : await checkNameFree(tx, context, after.name);
    if (!free.allowed) return free;
    await writeChange(tx, context, actorState, { before: organization, after });
    return allow(after);
  });
}

type Change = Partial<Pick<OrganizationRow, 'name' | 'description'>>;

function parseChange({ name, description }: Omit<UpdateOrganizationInput, 'oid'>): Outcome<Change> {
  if (name === undefined && description === undefined) {
    return denyIssues([{ field: 'name', message: 'must be sent, or description' }]);
  }
  const label = name === undefined ? allow(undefined) : checkLabel('name', name);
  if (!label.allowed) return label;
  const described = plainTextIssue('description', description ?? '', limits.description);
  if (described !== undefined) return denyIssues([described]);
  return allow({
    ...(label.value === undefined ? {} : { name: label.value }),
    ...(description === undefined ? {} : { description: description === '' ? null : description }),
  });
}

interface Changed {
  readonly before: OrganizationRow;
  readonly after: OrganizationRow;
}

async function writeChange(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { before, after: { oid, name, description } }: Changed,
): Promise<void> {
  const isRenamed = name !== before.name;
  const isDescribed = description !== before.description;
  if (!isRenamed && !isDescribed) return;
  await tx.update('organization', { oid }, { name, description });
  const entry = { oid, target: oid };
  if (isRenamed) {
    await audit(tx, context, actorState, { ...entry, action: 'org.rename', details: { name, before: before.name } });
  }
  if (isDescribed) await audit(tx, context, actorState, { ...entry, action: 'org.describe', details: {} });
}
