import type { AuditFilter } from '@flairgate/client';
import { useState } from 'react';
import { Screen } from '../parts/screen.tsx';
import { Needs } from '../session/needs.tsx';
import { AuditFilters } from './audit-filters.tsx';
import { AuditPages } from './audit-pages.tsx';
import { ExportButtons } from './export-buttons.tsx';

/** Shows the organization's audit log, newest entry first. */
export function AuditScreen() {
  const [filter, setFilter] = useState<AuditFilter>({});
  return (
    <Screen title="Audit" about="Who did what in this organization, when and from where. The newest entry comes first.">
      <Needs permission="audit.get" to="read the audit" hides="what others did, and every refusal,">
        <AuditFilters onChange={setFilter} />
        <ExportButtons filter={filter} />
        <AuditPages filter={filter} />
      </Needs>
    </Screen>
  );
}
