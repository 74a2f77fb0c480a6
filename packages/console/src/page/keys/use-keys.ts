import type { KeyEntries } from '@flairgate/client';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { usePlace } from '../session/place.tsx';

/** Number of keys in the first request. These keys are shown while all keys are read. */
const FIRST_KEYS = 50;

const FIRST_PAGE = { limit: FIRST_KEYS, sortBy: 'created', descending: true } as const;

/** Reads the organization's keys that are not revoked. Reads nothing if the caller may not list keys. */
export function useKeys(): UseQueryResult<KeyEntries> {
  const { oid, client, permissions } = usePlace();
  return useQuery({
    queryKey: [oid, 'keys'],
    async queryFn({ signal, client: queries }) {
      const first = await client.organizationKeys.listPage(oid, FIRST_PAGE, { signal });
      if (first.next_cursor === undefined) return first.api_keys;
      queries.setQueryData(firstKeysOf(oid), first.api_keys);
      return client.organizationKeys.list(oid, { signal });
    },
    enabled: permissions.has('apikey.ctrl'),
  });
}

/**
 * Returns the newest keys, which `useKeys` reads before it reads all keys. Undefined until the newest keys have been
 * read. Also undefined if the organization has no other keys.
 */
export function useFirstKeys(): KeyEntries | undefined {
  const { oid } = usePlace();
  return useQuery<KeyEntries>({ queryKey: firstKeysOf(oid), enabled: false }).data;
}

function firstKeysOf(oid: string): readonly string[] {
  return [oid, 'first-keys'];
}
