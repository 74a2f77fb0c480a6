import type { KeyEntries, KeyEntry } from '@flairgate/client';
import type { ReactNode } from 'react';
import { Empty } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { PermissionList } from '../permissions/permission-list.tsx';
import { usePlace } from '../session/place.tsx';
import { KeyName } from './flairs.tsx';
import { liveSecrets } from './live-secrets.ts';

interface KeyTableProps {
  readonly keys: KeyEntries;
  /** Text for an empty list. */
  readonly none: string;
  readonly actions: (keyHash: string, key: KeyEntry) => ReactNode;
  /** True for keys in the user's own name, which have no permissions of their own. @default false */
  readonly isPersonal?: boolean;
}

/** Keys, the newest first. On a narrow page each row becomes a card. */
export function KeyTable({ keys, none, actions, isPersonal = false }: KeyTableProps) {
  const rows = Object.entries(keys).sort(([, a], [, b]) => b.created - a.created || a.name.localeCompare(b.name));
  if (rows.length === 0) return <Empty>{none}</Empty>;
  return (
    <Table columns={['Name', 'State', 'Permissions', 'Last used', 'Expires']} hasActions>
      {rows.map(([keyHash, key]) => (
        <KeyRow key={keyHash} keyHash={keyHash} entry={key} actions={actions(keyHash, key)} isPersonal={isPersonal} />
      ))}
    </Table>
  );
}

interface KeyRowProps {
  readonly keyHash: string;
  readonly entry: KeyEntry;
  readonly actions: ReactNode;
  readonly isPersonal: boolean;
}

function KeyRow({ keyHash, entry, actions, isPersonal }: KeyRowProps) {
  const isOwn = usePlace().keyHash === keyHash;
  const { name, description, allowed_ip_range: ranges, priv, last_used: used, expires, by, created } = entry;
  return (
    <tr>
      <th scope="row" data-label="Name">
        <KeyName name={name} />
        {isOwn && <span className="badge">you are signed in with it</span>}
        {description !== null && (
          <small>
            <bdi>{description}</bdi>
          </small>
        )}
        <small>
          <code title="Public id">{keyHash}</code>, created by <bdi>{by}</bdi> <Time at={created} none="" />
        </small>
        {ranges !== '' && <small>only from {ranges.replaceAll(',', ', ')}</small>}
      </th>
      <td data-label="State">
        <KeyState entry={entry} />
      </td>
      <td data-label="Permissions">
        {isPersonal ? <span className="quiet">exactly your access</span> : <PermissionList names={priv} />}
      </td>
      <td data-label="Last used">
        <Time at={used} none="never" />
      </td>
      <td data-label="Expires">
        <Time at={expires} none="never" />
      </td>
      <td className="actions">{actions}</td>
    </tr>
  );
}

function KeyState({ entry: { disabled, expires, secrets } }: { readonly entry: KeyEntry }) {
  if (disabled) return <span className="state off">disabled</span>;
  if (expires !== null && expires * 1000 <= Date.now()) return <span className="state off">expired</span>;
  const ends = liveSecrets(secrets, Date.now() / 1000)
    .map((secret) => secret.ends)
    .find((at) => at !== null);
  if (ends === undefined || ends === null) return <span className="state on">active</span>;
  return (
    <span className="state turning">
      rotating
      <small>
        old secret expires <Time at={ends} none="" />
      </small>
    </span>
  );
}
