import type { Catalogue } from '../../permission/catalogue.js';
import type { Millis } from '../../store/columns.js';
import type { Flair } from '../../store/flair.js';
import { keyVersion } from './key-version.js';
import type { ListedKey } from './list-keys.js';

/** A key as lists show it, over HTTP and on the command line. Times are unix seconds; null means none. */
export interface KeyDescription {
  readonly name: string;
  /** Concrete permissions, with families expanded. */
  readonly priv: readonly string[];
  /** Permissions and families as they were granted. */
  readonly grants: readonly string[];
  /** Name of the creator, for people. */
  readonly by: string;
  readonly oid: string;
  readonly flairs: readonly Flair[];
  readonly created: number;
  readonly expires: number | null;
  readonly disabled: boolean;
  readonly description: string | null;
  /** CIDR ranges separated by commas; empty means any address. */
  readonly allowed_ip_range: string;
  readonly last_used: number | null;
  /** Valid secrets of the key: two during the overlap of a rotation. */
  readonly secrets: readonly KeySecretDescription[];
  /** Version of what `updateKey` can change. */
  readonly etag: string;
}

export interface KeySecretDescription {
  readonly created: number;
  readonly last_used: number | null;
  readonly ends: number | null;
}

/**
 * Describes a key without anything that helps to use or guess it.
 *
 * @example
 * const outcome = await listKeys(context, actor, { oid });
 * if (outcome.allowed) res.json(outcome.value.entries.map((listed) => describeKey(listed, catalogue)));
 */
export function describeKey({ key, secrets }: ListedKey, catalogue: Catalogue): KeyDescription {
  const used = secrets.map(({ lastUsedAt }) => lastUsedAt).filter((at) => at !== null);
  return {
    name: key.name,
    priv: catalogue.expand(key.permissions),
    grants: key.permissions,
    by: key.createdByName,
    oid: key.oid ?? '',
    flairs: key.flairs,
    created: toSeconds(key.createdAt),
    expires: secondsOrNull(key.expiresAt),
    disabled: key.disabledAt !== null,
    description: key.description,
    allowed_ip_range: key.ranges.join(','),
    last_used: used.length === 0 ? null : toSeconds(Math.max(...used)),
    secrets: secrets.map(({ createdAt, lastUsedAt, endsAt }) => ({
      created: toSeconds(createdAt),
      last_used: secondsOrNull(lastUsedAt),
      ends: secondsOrNull(endsAt),
    })),
    etag: keyVersion(key),
  };
}

function toSeconds(at: Millis): number {
  return Math.floor(at / 1000);
}

function secondsOrNull(at: Millis | null): number | null {
  return at === null ? null : toSeconds(at);
}
