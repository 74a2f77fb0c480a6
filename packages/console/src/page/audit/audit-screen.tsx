import type { AuditFilter } from '@flairgate/client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Problem, Waiting } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { Needs } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { AuditFilters } from './audit-filters.tsx';
import { AuditTable } from './audit-table.tsx';
import { ExportButtons } from './export-buttons.tsx';
import { useKeyNames } from './use-key-names.ts';

const ENTRIES_PER_PAGE = 50;

/** Screen of the audit of the organization, newest entry first. */
export function AuditScreen() {
  const [filter, setFilter] = useState<AuditFilter>({});
  return (
    <Screen title="Audit" about="Who did what in this organization, when and from where. The newest entry comes first.">
      <Needs permission="audit.get" to="read the audit" hides="what others did, and every refusal,">
        <AuditFilters onChange={setFilter} />
        <AuditPages filter={filter} />
      </Needs>
    </Screen>
  );
}

function AuditPages({ filter }: { readonly filter: AuditFilter }) {
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
      <ExportButtons filter={filter} />
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
