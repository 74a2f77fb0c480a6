import { useInfiniteQuery } from '@tanstack/react-query';
import { Problem, Waiting } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { Needs } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { AuditTable } from './audit-table.tsx';

const ENTRIES_PER_PAGE = 50;

/** Screen of the audit of the organization, newest entry first. */
export function AuditScreen() {
  return (
    <Screen title="Audit" about="Who did what in this organization, when and from where. The newest stands first.">
      <Needs permission="audit.get" to="read the audit" hides="what others did, and every refusal,">
        <AuditPages />
      </Needs>
    </Screen>
  );
}

function AuditPages() {
  const { oid, client } = usePlace();
  const pages = useInfiniteQuery({
    queryKey: [oid, 'audit'],
    queryFn: ({ signal, pageParam }) =>
      client.audit.page(
        oid,
        pageParam === '' ? { limit: ENTRIES_PER_PAGE } : { limit: ENTRIES_PER_PAGE, cursor: pageParam },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
    staleTime: 0,
  });
  return (
    <>
      {pages.isPending && <Waiting />}
      {pages.error !== null && <Problem error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.data !== undefined && <AuditTable events={pages.data.pages.flatMap(({ events }) => events)} />}
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
