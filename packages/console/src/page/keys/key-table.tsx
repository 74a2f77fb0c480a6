import type { KeyEntry } from '@flairgate/client';
import type { ReactNode } from 'react';
import { KeyName } from '../key-names/flairs.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { PermissionList } from '../permissions/permission-list.tsx';
import { usePlace } from '../session/place.tsx';
import { addressOfKeys } from '../shell/route.ts';
import type { KeyInList } from './key-filter.ts';
import { KeyStateBadge } from './key-state-badge.tsx';

interface KeyTableProps {
  readonly rows: readonly KeyInList[];
  readonly actions: (keyHash: string, key: KeyEntry) => ReactNode;
  /** True for the user's own keys, which have exactly the user's permissions. @default false */
  readonly isPersonal?: boolean;
}

/** Shows a table of keys. On a narrow page, each row becomes a card. */
export function KeyTable({ rows, actions, isPersonal = false }: KeyTableProps) {
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
        {isPersonal ? (
          <KeyName name={name} />
        ) : (
          <a className="key-link" href={addressOfKeys(keyHash)}>
            <KeyName name={name} />
          </a>
        )}
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
        <KeyStateBadge entry={entry} />
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
