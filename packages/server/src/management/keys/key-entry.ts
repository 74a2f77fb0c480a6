import type { Catalogue } from '@flairgate/core';
import { describeKey, type ListedKey, type Paged } from '@flairgate/core/administration';
import { z } from 'zod';
import { nextCursor, nextCursorField } from '../../route/page.js';

const seconds = z.int().describe('Unix time in seconds');
const optionalSeconds = seconds.nullable();
const texts = z.array(z.string()).readonly();

/** Schema of one key in a list, as `describeKey` of `@flairgate/core` returns it. */
export const keyEntry = z.object({
  name: z.string(),
  priv: texts.describe('Permissions, with families expanded'),
  grants: texts.describe('Permissions and families as they were granted'),
  by: z.string().describe('Display name of the creator'),
  oid: z.string(),
  flairs: texts,
  created: seconds,
  expires: optionalSeconds,
  revoked: seconds.optional().describe('Time of the revocation; present only in the list of revoked keys'),
  disabled: z.boolean(),
  description: z.string().nullable(),
  allowed_ip_range: z.string().describe('Address ranges separated by commas; empty for any address'),
  last_used: optionalSeconds,
  secrets: z.array(z.object({ created: seconds, last_used: optionalSeconds, ends: optionalSeconds })).readonly(),
  etag: z.string().describe('ETag of the key, the value of If-Match in a request that changes the key'),
});

/** Schema of one page of a list of keys. The member `api_keys` maps the public id of each key to the key. */
export const keyList = z.object({ api_keys: z.record(z.string(), keyEntry), ...nextCursorField });

export function keysToWire(page: Paged<ListedKey>, catalogue: Catalogue): z.input<typeof keyList> {
  const entries = page.entries.map((listed) => [listed.key.keyId, describeKey(listed, catalogue)] as const);
  return { api_keys: Object.fromEntries(entries), ...nextCursor(page) };
}
