import type { Catalogue } from '../../permission/catalogue.js';
import type { Millis } from '../../store/columns.js';
import type { Flair } from '../../store/flair.js';
import { keyVersion } from './key-version.js';
import type { ListedKey } from './list-keys.js';

/** A key as shown in lists, over HTTP and on the command line. Times are Unix seconds, or null if not set. */
export interface KeyDescription {
  readonly name: string;
  /** Permissions of the key, with permission families such as `dr.*` expanded. */
  readonly priv: readonly string[];
  /** Permissions and permission families, as they were granted. */
  readonly grants: readonly string[];
  /** Display name of the creator. */
  readonly by: string;
  readonly oid: string;
  readonly flairs: readonly Flair[];
  readonly created: number;
  readonly expires: number | null;
  /** Time of the revocation. Absent unless the key is revoked. */
  readonly revoked?: number;
  readonly disabled: boolean;
  readonly description: string | null;
  /** CIDR ranges separated by commas; empty means any address. */
  readonly allowed_ip_range: string;
  readonly last_used: number | null;
  /** Secrets of the key. During the overlap of a rotation, two secrets are valid. */
  readonly secrets: readonly KeySecretDescription[];
  /** Version of the fields that `updateKey` can change. */
  readonly etag: string;
}

export interface KeySecretDescription {
  readonly created: number;
  readonly last_used: number | null;
  readonly ends: number | null;
}

/**
 * Converts a key to the format shown in lists. The result contains nothing that helps to use or guess the key.
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
    ...(key.revokedAt === null ? {} : { revoked: toSeconds(key.revokedAt) }),
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
