import type { AuditEntry } from '@flairgate/client';
import type { AuditRow } from '@flairgate/core/store';

/** Converts an audit entry to the JSON format of the HTTP API. */
export function auditToJson(row: AuditRow): AuditEntry {
  const { id, at, actorName: ident, actor, action, target, address, outcome, details } = row;
  return { id, time: Math.floor(at / 1000), ident, actor, action, target, address, outcome, details };
}
