import type { AuditEntry } from './wire.js';

/** Names of the columns of a table of audit entries, such as a CSV file. */
export const AUDIT_COLUMNS = [
  'id',
  'time',
  'ident',
  'actor',
  'action',
  'target',
  'target_name',
  'address',
  'outcome',
  'details',
] as const;

/**
 * An audit entry as a row of a table. Maps the name of each column to its value, which is null if the entry has none.
 */
export type AuditRecord = Readonly<Record<(typeof AUDIT_COLUMNS)[number], string | null>>;

/**
 * Converts an audit entry to a row of a table. The time is in ISO 8601, the details are JSON, and `target_name` is
 * empty if the target has no name.
 *
 * Callers choose names, so a value may be a formula of a spreadsheet. A program that writes rows to a spreadsheet must
 * escape formulas.
 *
 * @example
 * for await (const entry of client.audit.entries(oid)) console.log(Object.values(auditToRecord(entry)).join('\t'));
 */
export function auditToRecord(entry: AuditEntry): AuditRecord {
  const { id, time, ident, actor, action, target, address, outcome, details, names } = entry;
  return {
    id,
    time: new Date(time * 1000).toISOString(),
    ident,
    actor,
    action,
    target,
    target_name: names !== undefined && Object.hasOwn(names, target) ? (names[target] ?? '') : '',
    address,
    outcome,
    details: JSON.stringify(details),
  };
}
