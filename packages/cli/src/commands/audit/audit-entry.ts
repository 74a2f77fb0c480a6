import type { AuditEntry } from '@flairgate/client';
import { namesIn } from '@flairgate/core/administration';
import type { AuditRow } from '@flairgate/core/store';

/** Converts an audit entry to the JSON format of the HTTP API. `known` maps ids to names. */
export function auditToJson(row: AuditRow, known: ReadonlyMap<string, string>): AuditEntry {
  const { id, at, actorName: ident, actor, action, target, address, outcome, details } = row;
  const names = namesIn(row, known);
  const named = Object.keys(names).length === 0 ? {} : { names };
  return { id, time: Math.floor(at / 1000), ident, actor, action, target, address, outcome, details, ...named };
}
