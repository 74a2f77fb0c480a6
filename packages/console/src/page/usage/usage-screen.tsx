import type { KeyEntries, KeyEntry, UsageEntry } from '@flairgate/client';
import { useState } from 'react';
import { useKeys } from '../keys/use-keys.ts';
import { Pages } from '../parts/pages.tsx';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { Table } from '../parts/table.tsx';
import { SelectField } from '../parts/text-field.tsx';
import { Needs } from '../session/needs.tsx';
import { addressOfKeys } from '../shell/route.ts';
import { type KeySums, sumByKey } from './sum-by-key.ts';
import { UsageByDay } from './usage-by-day.tsx';
import { UsageChart } from './usage-chart.tsx';
import { SPANS, useUsage } from './use-usage.ts';

const KEYS_PER_PAGE = 25;

const KINDS = [
  ['', 'All keys'],
  ['unused', 'Keys without a call'],
  ['idle', 'Keys with unused permissions'],
] as const;

/** Shows, for each key, how often it was used and which permissions it used. */
export function UsageScreen() {
  return (
    <Screen
      title="Usage"
      about="Calls, refusals and used permissions of each key by day (UTC). The last seconds are not counted yet."
    >
      <Needs permission="audit.get" to="read the usage of keys" hides="the usage of keys">
        <Usage />
      </Needs>
    </Screen>
  );
}

function Usage() {
  const [span, setSpan] = useState('30');
  const [kind, setKind] = useState('');
  const { days, query } = useUsage(span);
  const keys = useKeys();
  const entriesOfKeys = keys.data ?? {};
  return (
    <>
      <search className="filters" aria-label="Filters">
        <SelectField label="Time" value={span} onChange={setSpan} options={SPANS} />
        <SelectField label="Show" value={kind} onChange={setKind} options={KINDS} />
      </search>
      <Loaded query={query}>
        {(entries) => {
          const sums = sumByKey(entries, entriesOfKeys).filter((sum) =>
            isOfKind(sum, kind, entriesOfKeys[sum.keyHash]),
          );
          return (
            <>
              <UsageByDay days={days} entries={entries} />
              {/* A new list starts on its first page. */}
              <UsageTable key={`${kind} ${span}`} sums={sums} days={days} entries={entries} keys={entriesOfKeys} />
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function isOfKind({ calls, permissions }: KeySums, kind: string, entry: KeyEntry | undefined): boolean {
  if (kind === 'unused') return calls === 0;
  return kind !== 'idle' || (entry?.priv.some((name) => !permissions.includes(name)) ?? false);
}

interface UsageTableProps {
  readonly sums: readonly KeySums[];
  readonly days: readonly string[];
  readonly entries: readonly UsageEntry[];
  readonly keys: KeyEntries;
}

function UsageTable({ sums, days, entries, keys }: UsageTableProps) {
  const [offset, setOffset] = useState(0);
  if (sums.length === 0) return <Empty>No key fits in this time.</Empty>;
  const start = offset < sums.length ? offset : 0;
  return (
    <>
      <Table columns={['Key', 'Calls', 'Refused', 'Over the limit', 'Permissions', 'By day']}>
        {sums.slice(start, start + KEYS_PER_PAGE).map((sum) => (
          <UsageRow
            key={sum.keyHash}
            sum={sum}
            days={days}
            entries={entries.filter((one) => one.key_hash === sum.keyHash)}
            entry={keys[sum.keyHash]}
          />
        ))}
      </Table>
      {sums.length > KEYS_PER_PAGE && (
        <Pages offset={start} size={KEYS_PER_PAGE} total={sums.length} onTurn={setOffset} />
      )}
    </>
  );
}

interface UsageRowProps {
  readonly sum: KeySums;
  readonly days: readonly string[];
  readonly entries: readonly UsageEntry[];
  readonly entry: KeyEntry | undefined;
}

function UsageRow({
  sum: { keyHash, ident, calls, denials, limited, permissions },
  days,
  entries,
  entry,
}: UsageRowProps) {
  return (
    <tr>
      <th scope="row" data-label="Key">
        {entry === undefined ? (
          <bdi className="key-name">{ident ?? 'a key that is gone'}</bdi>
        ) : (
          <a className="key-link" href={addressOfKeys(keyHash)}>
            <bdi className="key-name">{entry.name}</bdi>
          </a>
        )}
        <small>
          <code>{keyHash}</code>
        </small>
      </th>
      <td data-label="Calls">{calls === 0 ? <span className="quiet">unused</span> : calls}</td>
      <td data-label="Refused">{denials}</td>
      <td data-label="Over the limit">{limited}</td>
      <td data-label="Permissions">
        <UsedPermissionsCell used={permissions} entry={entry} days={days.length} />
      </td>
      <td data-label="By day">
        <UsageChart days={days} entries={entries} isSmall />
      </td>
    </tr>
  );
}

interface UsedPermissionsCellProps {
  readonly used: readonly string[];
  readonly entry: KeyEntry | undefined;
  readonly days: number;
}

function UsedPermissionsCell({ used, entry, days }: UsedPermissionsCellProps) {
  if (entry === undefined) return <span>{used.length} used</span>;
  const idle = entry.priv.filter((name) => !used.includes(name));
  return (
    <details className="list">
      <summary>
        used {entry.priv.length - idle.length} of {entry.priv.length} in {days} days
      </summary>
      {idle.length > 0 && (
        <>
          <small>Not used:</small>
          <span className="names">
            {idle.map((name) => (
              <code key={name}>{name}</code>
            ))}
          </span>
        </>
      )}
    </details>
  );
}
