import type { Catalogue, ListedKey } from '@flairgate/core';
import { z } from 'zod';

const seconds = z.int().describe('Unix time in seconds');
const optionalSeconds = seconds.nullable();

/** One key in a list, as LimaCharlie names the members it has and as we name ours. */
export const keyEntry = z.object({
  name: z.string(),
  priv: z.array(z.string()).describe('Concrete permissions; families are expanded'),
  grants: z.array(z.string()).describe('Permissions and families as they were granted'),
  by: z.string().describe('Who made it, for people'),
  oid: z.string(),
  flairs: z.array(z.string()),
  created: seconds,
  expires: optionalSeconds,
  disabled: z.boolean(),
  description: z.string().nullable(),
  allowed_ip_range: z.string().describe('Address ranges with commas between; empty: from anywhere'),
  last_used: optionalSeconds,
  secrets: z.array(z.object({ created: seconds, last_used: optionalSeconds, ends: optionalSeconds })),
});

/** Prints a key for a list. Times are unix seconds, as in tokens. Never a secret, never a hash. */
export function printKey({ key, secrets }: ListedKey, catalogue: Catalogue): z.input<typeof keyEntry> {
  const used = secrets.map(({ lastUsedAt }) => lastUsedAt).filter((at) => at !== null);
  return {
    name: key.name,
    priv: [...catalogue.expand(key.permissions)],
    grants: [...key.permissions],
    by: key.createdByName,
    oid: key.oid ?? '',
    flairs: [...key.flairs],
    created: toSeconds(key.createdAt),
    expires: toOptionalSeconds(key.expiresAt),
    disabled: key.disabledAt !== null,
    description: key.description,
    allowed_ip_range: key.ranges.join(','),
    last_used: used.length === 0 ? null : toSeconds(Math.max(...used)),
    secrets: secrets.map(({ createdAt, lastUsedAt, endsAt }) => ({
      created: toSeconds(createdAt),
      last_used: toOptionalSeconds(lastUsedAt),
      ends: toOptionalSeconds(endsAt),
    })),
  };
}

function toOptionalSeconds(millis: number | null): number | null {
  return millis === null ? null : toSeconds(millis);
}

function toSeconds(millis: number): number {
  return Math.floor(millis / 1000);
}
