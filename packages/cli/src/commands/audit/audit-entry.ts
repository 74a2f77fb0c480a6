import type { AuditEntry } from '@flairgate/client';
import type { AuditRow } from '@flairgate/core/store';

/** Returns an entry of the audit as the API shows it. */
export function auditToJson(row: AuditRow): AuditEntry {
  const { id, at, actorName: ident, actor, action, target, address, outcome, details } = row;
  return { id, time: Math.floor(at / 1000), ident, actor, action, target, address, outcome, details };
}
