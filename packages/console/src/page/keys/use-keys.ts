import type { KeyEntries } from '@flairgate/client';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { usePlace } from '../session/place.tsx';

/** Reads the organization's keys that are not revoked, if the caller may list keys. */
export function useKeys(): UseQueryResult<KeyEntries> {
  const { oid, client, permissions } = usePlace();
  return useQuery({
    queryKey: [oid, 'keys'],
    queryFn: ({ signal }) => client.organizationKeys.list(oid, { signal }),
    enabled: permissions.has('apikey.ctrl'),
  });
}
