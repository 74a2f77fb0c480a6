import type { CatalogueAnswer } from '@flairgate/client';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { usePlace } from '../session/place.tsx';

/** Reads all permissions. They change with a new release only. */
export function useCatalogue(): UseQueryResult<CatalogueAnswer> {
  const { client } = usePlace();
  return useQuery({
    queryKey: ['catalogue'],
    queryFn: ({ signal }) => client.catalogue({ signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
