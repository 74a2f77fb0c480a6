import type { CatalogueAnswer } from '@flairgate/client';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { usePlace } from '../session/place.tsx';

/** Reads all permissions of the service. They change only with a new release. */
export function useCatalogue(): UseQueryResult<CatalogueAnswer> {
  const { client } = usePlace();
  return useQuery({
    queryKey: ['catalogue'],
    queryFn: ({ signal }) => client.catalogue({ signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
