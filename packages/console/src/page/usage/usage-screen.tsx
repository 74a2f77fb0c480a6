import type { FlairgateClient, KeyEntry, UsageEntry } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { Table } from '../parts/table.tsx';
import { SelectField } from '../parts/text-field.tsx';
import { Needs } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { type KeySums, sumByKey } from './sum-by-key.ts';
import { UsageChart } from './usage-chart.tsx';

const DAY_MS = 86_400_000;

const SPANS = [
  ['7', 'The last 7 days'],
  ['30', 'The last 30 days'],
  ['90', 'The last 90 days'],
] as const;

/** Shows the number of uses for each key, and the permissions used. */
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
  const { oid, client, permissions } = usePlace();
  const [span, setSpan] = useState('30');
  const days = daysOf(Number(span));
  const usage = useQuery({
    queryKey: [oid, 'usage', span],
    queryFn: ({ signal }) => readAll(client, oid, days, signal),
  });
  const keys = useQuery({
    queryKey: [oid, 'keys'],
    queryFn: ({ signal }) => client.organizationKeys.list(oid, { signal }),
    enabled: permissions.has('apikey.ctrl'),
  });
  return (
    <>
      <SelectField label="Time" value={span} onChange={setSpan} options={SPANS} />
      <Loaded query={usage}>
        {(entries) => (
          <>
            <UsageChart days={days} entries={entries} />
            <UsageTable
              sums={sumByKey(entries, keys.data ?? {})}
              days={days}
              entries={entries}
              keys={keys.data ?? {}}
            />
          </>
        )}
      </Loaded>
    </>
  );
}

interface UsageTableProps {
  readonly sums: readonly KeySums[];
  readonly days: readonly string[];
  readonly entries: readonly UsageEntry[];
  readonly keys: Readonly<Record<string, KeyEntry>>;
}

function UsageTable({ sums, days, entries, keys }: UsageTableProps) {
  if (sums.length === 0) return <Empty>No key was used in this time.</Empty>;
  return (
    <Table columns={['Key', 'Calls', 'Refused', 'Over the limit', 'Permissions', 'By day']}>
      {sums.map((sum) => (
        <tr key={sum.keyHash}>
          <th scope="row" data-label="Key">
            <bdi className="key-name">{sum.ident ?? 'a key that is gone'}</bdi>
            <small>
              <code>{sum.keyHash}</code>
            </small>
          </th>
          <td data-label="Calls">{sum.calls === 0 ? <span className="quiet">unused</span> : sum.calls}</td>
          <td data-label="Refused">{sum.denials}</td>
          <td data-label="Over the limit">{sum.limited}</td>
          <td data-label="Permissions">
            <UsedPermissions used={sum.permissions} entry={keys[sum.keyHash]} days={days.length} />
          </td>
          <td data-label="By day">
            <UsageChart days={days} entries={entries.filter((one) => one.key_hash === sum.keyHash)} isSmall />
          </td>
        </tr>
      ))}
    </Table>
  );
}

interface UsedPermissionsProps {
  readonly used: readonly string[];
  readonly entry: KeyEntry | undefined;
  readonly days: number;
}

function UsedPermissions({ used, entry, days }: UsedPermissionsProps) {
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

/** Returns the last `count` days in UTC, oldest first. */
function daysOf(count: number): readonly string[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) =>
    new Date(now - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  );
}

async function readAll(
  client: FlairgateClient,
  oid: string,
  days: readonly string[],
  signal: AbortSignal,
): Promise<readonly UsageEntry[]> {
  const [from = ''] = days;
  const entries: UsageEntry[] = [];
  for await (const entry of client.usage(oid, { from, to: days.at(-1) ?? from }, { signal })) entries.push(entry);
  return entries;
}
