import type { AuditEntry } from '@flairgate/client';
import { Empty } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { ExactTime } from '../parts/time.tsx';
import { sentenceOf } from './sentence-of.ts';

interface AuditTableProps {
  readonly events: readonly AuditEntry[];
  /** Key names by public id. */
  readonly names: ReadonlyMap<string, string>;
}

/** Shows a table of audit entries: action, actor, time and address. */
export function AuditTable({ events, names }: AuditTableProps) {
  if (events.length === 0) return <Empty>Nothing is recorded that fits.</Empty>;
  return (
    <Table columns={['What', 'Who', 'When', 'Outcome', 'From']}>
      {events.map((event) => (
        <AuditRow key={event.id} event={event} names={names} />
      ))}
    </Table>
  );
}

function AuditRow({ event, names }: { readonly event: AuditEntry; readonly names: ReadonlyMap<string, string> }) {
  const { time, ident, action, target, outcome, address, details, actor } = event;
  const name = names.get(target) ?? [details.name, details.email].find((one) => typeof one === 'string');
  return (
    <tr>
      <th scope="row" data-label="What">
        {sentenceOf(event)} {name !== undefined && <bdi>{name}</bdi>}
        <small className="target">
          <code>{action}</code> <code>{target}</code>
        </small>
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
      <td data-label="From">
        {address ?? <span className="quiet">{actor === null ? 'not over HTTP' : 'unknown'}</span>}
      </td>
    </tr>
  );
}
