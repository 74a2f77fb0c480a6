import type { AuditEntry } from '@flairgate/client';
import { Empty } from '../parts/problem.tsx';
import { ExactTime } from '../parts/time.tsx';

/** Who did what, when, and from where. */
export function AuditTable({ events }: { readonly events: readonly AuditEntry[] }) {
  if (events.length === 0) return <Empty>Nothing is recorded.</Empty>;
  return (
    <div className="table-box">
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Who</th>
            <th scope="col">When</th>
            <th scope="col">Outcome</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <AuditRow key={event.id} event={event} />
          ))}
        </tbody>
      </table>
    </div>
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
        <span className="by">{ident}</span>
      </td>
      <td data-label="When">
        <ExactTime at={time} />
      </td>
      <td data-label="Outcome">{outcome}</td>
      <td data-label="From">{address ?? <span className="quiet">command line</span>}</td>
    </tr>
  );
}
