import type { AuditEntry } from '@flairgate/client';
import { Empty } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { ExactTime } from '../parts/time.tsx';

/** Table of audit entries: actor, action, time and address. */
export function AuditTable({ events }: { readonly events: readonly AuditEntry[] }) {
  if (events.length === 0) return <Empty>Nothing is recorded.</Empty>;
  return (
    <Table columns={['What', 'Who', 'When', 'Outcome', 'From']}>
      {events.map((event) => (
        <AuditRow key={event.id} event={event} />
      ))}
    </Table>
  );
}

function AuditRow({
  event: { time, ident, action, target, outcome, address, details },
}: {
  readonly event: AuditEntry;
}) {
  return (
    <tr>
      <th scope="row" data-label="What">
        <code>{action}</code>
        <small className="target">{target}</small>
        {Object.keys(details).length > 0 && (
          <details className="list">
            <summary>Details</summary>
            <pre>{JSON.stringify(details, null, 2)}</pre>
          </details>
        )}
      </th>
      <td data-label="Who">
        <bdi className="by">{ident}</bdi>
      </td>
      <td data-label="When">
        <ExactTime at={time} />
      </td>
      <td data-label="Outcome">{outcome}</td>
      <td data-label="From">{address ?? <span className="quiet">command line</span>}</td>
    </tr>
  );
}
