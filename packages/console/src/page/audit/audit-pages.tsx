import type { AuditFilter } from '@flairgate/client';
import { Problem, Waiting } from '../parts/problem.tsx';
import { AuditTable } from './audit-table.tsx';
import { useAudit } from './use-audit.ts';

/**
 * Shows the audit entries that match the filter, newest first. Older entries are loaded when the user asks for them.
 */
export function AuditPages({ filter }: { readonly filter: AuditFilter }) {
  const pages = useAudit(filter);
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
