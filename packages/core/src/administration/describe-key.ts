import type { Flair } from '../principal/flair.js';
import type { Millis } from '../store/rows.js';
import type { ListedKey } from './list-keys.js';

/** A key as lists show it, over HTTP and on the command line. Times are unix seconds; null = none. */
export interface KeyDescription {
  readonly name: string;
  /** Its own grants. */
  readonly priv: readonly string[];
  /** Who made it, for people. */
  readonly by: string;
  readonly oid: string | null;
  readonly flairs: readonly Flair[];
  readonly description: string | null;
  /** CIDR ranges, comma separated. */
  readonly allowed_ip_range: string | null;
  readonly created: number;
  readonly expires: number | null;
  readonly disabled: number | null;
  /** Its live secrets: two while a rotation overlaps. */
  readonly secrets: readonly KeySecretDescription[];
}

export interface KeySecretDescription {
  readonly created: number;
  readonly last_used: number | null;
  readonly ends: number | null;
}

/** Describes a key without anything that helps to use or guess it. */
export function describeKey({ key, secrets }: ListedKey): KeyDescription {
  return {
    name: key.name,
    priv: key.permissions,
    by: key.createdByName,
    oid: key.oid,
    flairs: key.flairs,
    description: key.description,
    allowed_ip_range: key.ranges.length === 0 ? null : key.ranges.join(','),
    created: seconds(key.createdAt),
    expires: secondsOrNull(key.expiresAt),
    disabled: secondsOrNull(key.disabledAt),
    secrets: secrets.map((secret) => ({
      created: seconds(secret.createdAt),
      last_used: secondsOrNull(secret.lastUsedAt),
      ends: secondsOrNull(secret.endsAt),
    })),
  };
}

function seconds(at: Millis): number {
  return Math.floor(at / 1000);
}

function secondsOrNull(at: Millis | null): number | null {
  return at === null ? null : seconds(at);
}
