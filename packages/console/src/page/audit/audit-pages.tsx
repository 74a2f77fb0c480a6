import type { AuditFilter } from '@flairgate/client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Problem, Waiting } from '../parts/problem.tsx';
import { usePlace } from '../session/place.tsx';
import { AuditTable } from './audit-table.tsx';
import { useKeyNames } from './use-key-names.ts';

const ENTRIES_PER_PAGE = 50;

/** Shows the entries that the filter selects, newest first. Older entries are loaded when the user asks for them. */
export function AuditPages({ filter }: { readonly filter: AuditFilter }) {
  const { oid, client } = usePlace();
  const names = useKeyNames();
  const pages = useInfiniteQuery({
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
  return (
    <>
      {pages.isPending && <Waiting />}
      {pages.error !== null && <Problem error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.data !== undefined && (
        <AuditTable events={pages.data.pages.flatMap(({ events }) => events)} names={names} />
      )}
      {pages.hasNextPage && (
        <button
          type="button"
          className="button wide"
          disabled={pages.isFetchingNextPage}
          onClick={() => pages.fetchNextPage()}
        >
          {pages.isFetchingNextPage ? 'Loading' : 'Show older'}
        </button>
      )}
    </>
  );
}
