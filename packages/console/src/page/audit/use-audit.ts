import type { AuditFilter, AuditPage } from '@flairgate/client';
import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query';
import { usePlace } from '../session/place.tsx';

const ENTRIES_PER_PAGE = 50;

/** Reads the audit entries that match the filter, newest first, one page at a time. */
export function useAudit(filter: AuditFilter): UseInfiniteQueryResult<InfiniteData<AuditPage>> {
  const { oid, client } = usePlace();
  return useInfiniteQuery({
    queryKey: [oid, 'audit', filter],
    queryFn: ({ signal, pageParam }) =>
      client.audit.page(
        oid,
        { ...filter, limit: ENTRIES_PER_PAGE, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
  });
}
