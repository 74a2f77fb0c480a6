import { type OwnershipSnapshot, spaceOf } from '@flairgate/core/internal';
import type { IntentRow, OwnershipRow, OwnershipTypeRow } from '@flairgate/core/store';

/** Parts of a snapshot that differ from one without ownership. */
export interface SnapshotParts {
  readonly tenancy?: 'routed' | 'shared';
  readonly state?: Partial<OwnershipTypeRow>;
  readonly owned?: readonly Partial<OwnershipRow>[];
  readonly intents?: readonly Partial<IntentRow>[];
}

const NOBODY = { createdBy: null, lockedBy: null, secretTo: null };

/** Returns the ownership of rules in `org-a`. Rows and intents are about `r1`, of `org-a`, unless they say otherwise. */
export function snapshotOf({ tenancy = 'routed', state = {}, owned = [], intents = [] }: SnapshotParts = {}) {
  const space = spaceOf('rule', tenancy, 'org-a');
  const { oid, type } = space;
  const counters = { oid, type, revision: 9, secrets: 0, intents: 0, secretEnded: 0, adoptedBy: null, ...state };
  const rows = owned.map((row) => ({ oid, type, id: 'r1', organization: 'org-a', generation: 1, ...NOBODY, ...row }));
  const pending: readonly IntentRow[] = intents.map((intent) => ({
    ...{ oid, type, id: 'r1', token: 'other', organization: 'org-a', identity: 'b' },
    ...{ operation: 'update' as const, strict: true, ...NOBODY, startedAt: 0, endsAt: 1 },
    ...intent,
  }));
  const snapshot: OwnershipSnapshot = {
    space,
    state: counters,
    owned: new Map(rows.map((row) => [row.id, row])),
    intents: pending,
  };
  return snapshot;
}
