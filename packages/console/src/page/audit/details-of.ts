import type { AuditEntry } from '@flairgate/client';

/** One detail of an entry: a label, and a value as text or as a time in Unix seconds. */
export interface Detail {
  readonly label: string;
  readonly text: string;
  readonly at?: number;
}

/** Labels of the members that entries have. Others are labeled by their own name. */
const LABELS: Readonly<Record<string, string>> = {
  'explanation.action': 'Tried',
  'explanation.because': 'Because',
  'explanation.changes': 'Would differ with',
  'explanation.holder': 'Locked by',
  'explanation.id': 'Resource',
  'explanation.type': 'Type',
  added: 'Added',
  before: 'Before',
  child: 'Group',
  code: 'Code',
  count: 'Times',
  email: 'E-mail address',
  from: 'From',
  id: 'Resource',
  issuer: 'Issuer',
  matches: 'Claims',
  name: 'Name',
  oid: 'Organization',
  oldEndsAt: 'Old secret valid until',
  olderThanDays: 'Older than, in days',
  permissions: 'Permissions',
  reason: 'Reason',
  removed: 'Removed',
  role: 'Role',
  secretContinued: 'Reads what was secret to the dead key',
  to: 'To',
  type: 'Type',
  uid: 'User',
};

/** Members that repeat what the entry says elsewhere. */
const REPEATED = new Set(['explanation.allowed', 'explanation.identity', 'explanation.rule']);

/** Members that are times, in milliseconds since the Unix epoch. */
const TIMES = /At$/;

/** Describes the details of an entry for people: labels in place of members, names in place of ids. */
export function detailsOf({ details, names = {} }: Pick<AuditEntry, 'details' | 'names'>): readonly Detail[] {
  return flatten(details, '').flatMap(([path, value]) => {
    if (value === null || REPEATED.has(path)) return [];
    const label = Object.hasOwn(LABELS, path) ? (LABELS[path] ?? path) : wordsOf(path);
    if (typeof value === 'number' && TIMES.test(path)) return [{ label, text: String(value), at: value / 1000 }];
    return [{ label, text: shownValue(value, names) }];
  });
}

type FlatMember = readonly [path: string, value: unknown];

/** Returns the innermost members of an object, each with its path. A list is one member, unless it contains objects. */
function flatten(value: unknown, path: string): readonly FlatMember[] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object' || item === null)) return [[path, value]];
    return value.flatMap((item, index) => flatten(item, `${path}.${index + 1}`));
  }
  return Object.entries(value).flatMap(([name, inner]) => flatten(inner, path === '' ? name : `${path}.${name}`));
}

function shownValue(value: unknown, names: Readonly<Record<string, string>>): string {
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map((item) => shownValue(item, names)).join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = String(value);
  return Object.hasOwn(names, text) ? `${names[text]} (${text})` : text;
}

/** Converts a path such as `grants.sales` or `madePrivileged` to words. */
function wordsOf(path: string): string {
  const words = path.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll(/[._]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
