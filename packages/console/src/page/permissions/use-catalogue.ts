import type { CatalogueAnswer } from '@flairgate/client';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { usePlace } from '../session/place.tsx';

/** Reads the catalogue, the list of all permissions of the service. The catalogue changes only with a new release. */
export function useCatalogue(): UseQueryResult<CatalogueAnswer> {
  const { client } = usePlace();
  return useQuery({
    queryKey: ['catalogue'],
    queryFn: ({ signal }) => client.catalogue({ signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
