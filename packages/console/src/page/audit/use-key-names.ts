import { useQuery } from '@tanstack/react-query';
import { usePlace } from '../session/place.tsx';

/** Returns the names of the organization's keys by their public ids, as far as the caller may list them. */
export function useKeyNames(): ReadonlyMap<string, string> {
  const { oid, client, permissions } = usePlace();
  const keys = useQuery({
    queryKey: [oid, 'keys'],
    queryFn: ({ signal }) => client.organizationKeys.list(oid, { signal }),
    enabled: permissions.has('apikey.ctrl'),
  });
  return new Map(Object.entries(keys.data ?? {}).map(([keyHash, { name }]) => [keyHash, name]));
}
