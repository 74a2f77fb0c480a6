import type { AuditEntry } from '@flairgate/client';
import { Empty } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { ExactTime } from '../parts/time.tsx';
import { detailsOf } from './details-of.ts';
import { sentenceOf } from './sentence-of.ts';

interface AuditTableProps {
  readonly events: readonly AuditEntry[];
}

/** Shows a table of audit entries: action, actor, time and address. */
export function AuditTable({ events }: AuditTableProps) {
  if (events.length === 0) return <Empty>Nothing is recorded that fits.</Empty>;
  return (
    <Table columns={['What', 'Who', 'When', 'Outcome', 'From']}>
      {events.map((event) => (
        <AuditRow key={event.id} event={event} />
      ))}
    </Table>
  );
}

const OUTCOMES: Readonly<Record<string, string>> = { done: 'done', refused: 'refused', 'not-done': 'not done' };

function AuditRow({ event }: { readonly event: AuditEntry }) {
  const { time, ident, action, target, outcome, address, details, actor, names } = event;
  const known = names !== undefined && Object.hasOwn(names, target) ? names[target] : undefined;
  const name = known ?? [details.name, details.email].find((one) => typeof one === 'string');
  const isId = name !== undefined && name !== target;
  return (
    <tr>
      <th scope="row" data-label="What">
        {sentenceOf(event)} <bdi>{name ?? target}</bdi>
        <small className="target">
          <code>{action}</code> {isId && <code>{target}</code>}
        </small>
        <Details event={event} />
      </th>
      <td data-label="Who">
        <bdi className="by">{ident}</bdi>
      </td>
      <td data-label="When">
        <ExactTime at={time} />
      </td>
      <td data-label="Outcome">{OUTCOMES[outcome] ?? outcome}</td>
      <td data-label="From">
        {address ?? <span className="quiet">{actor === null ? 'not over HTTP' : 'unknown'}</span>}
      </td>
    </tr>
  );
}

/** Shows the details of an audit entry that are not in the sentence that describes the entry. */
function Details({ event }: { readonly event: AuditEntry }) {
  const { name: _, ...details } = event.details;
  const facts = detailsOf({ ...event, details });
  if (facts.length === 0) return null;
  return (
    <details className="list">
      <summary>Details</summary>
      <dl className="facts">
        {facts.map(({ label, text, at }) => (
          <div key={`${label} ${text}`} className="fact">
            <dt>{label}</dt>
            <dd>{at === undefined ? <bdi>{text}</bdi> : <ExactTime at={at} />}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
