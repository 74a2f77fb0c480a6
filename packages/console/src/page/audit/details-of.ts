import type { AuditEntry } from '@flairgate/client';

/** One detail of an audit entry, with a label. `at` is set if the value is a time, in Unix seconds. */
export interface Detail {
  readonly label: string;
  readonly text: string;
  readonly at?: number;
}

/**
 * Labels of the detail members (properties) of an audit entry. A member that is not listed here is labeled by its own
 * name.
 */
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

/** Detail members that are not shown, because another part of the entry says the same. */
const REPEATED = new Set(['explanation.allowed', 'explanation.identity', 'explanation.rule']);

/** Matches the names of detail members that are times, in milliseconds since the Unix epoch. */
const TIMES = /At$/;

/**
 * Describes the details of an audit entry for people. Labels replace the names of the members, and names replace ids.
 */
export function detailsOf({ details, names = {} }: Pick<AuditEntry, 'details' | 'names'>): readonly Detail[] {
  return flatten(details, '').flatMap(([path, value]) => {
    if (value === null || REPEATED.has(path)) return [];
    const label = Object.hasOwn(LABELS, path) ? (LABELS[path] ?? path) : wordsOf(path);
    if (typeof value === 'number' && TIMES.test(path)) return [{ label, text: String(value), at: value / 1000 }];
    return [{ label, text: shownValue(value, names) }];
  });
}

type FlatMember = readonly [path: string, value: unknown];

/**
 * Returns the innermost members of an object, each with its path. A list counts as one member. A list that contains
 * objects is split into its items.
 */
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

/** Converts the path of a member to words, for example `madePrivileged` to `Made privileged`. */
function wordsOf(path: string): string {
  const words = path.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll(/[._]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
