import type { KeyRow } from '../../store/rows.js';
import { versionOf } from '../command/expected-version.js';

/** Returns the version of the fields that `updateKey` can change. */
export function keyVersion({
  description,
  permissions,
  ranges,
  expiresAt,
}: Pick<KeyRow, 'description' | 'permissions' | 'ranges' | 'expiresAt'>): string {
  return versionOf(description, [...permissions].sort(), [...ranges].sort(), expiresAt);
}
