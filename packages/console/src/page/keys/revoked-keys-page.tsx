import type { KeyEntries, KeyEntry } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { KeyName } from '../key-names/flairs.tsx';
import { Continues } from '../key-names/name-field.tsx';
import { Pages } from '../parts/pages.tsx';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { Table } from '../parts/table.tsx';
import { TextField } from '../parts/text-field.tsx';
import { Time } from '../parts/time.tsx';
import { PermissionList } from '../permissions/permission-list.tsx';
import { Needs } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { addressOfKeys } from '../shell/route.ts';

const KEYS_ON_PAGE = 50;

interface RevokedKeysPageProps {
  readonly onAgain: (entry: KeyEntry) => void;
}

/**
 * Shows the revoked keys. For each, the user can open a form that creates a new key with the same settings and a new
 * id.
 */
export function RevokedKeysPage({ onAgain }: RevokedKeysPageProps) {
  const { oid, client } = usePlace();
  const keys = useQuery({
    queryKey: [oid, 'keys', 'revoked'],
    queryFn: ({ signal }) => client.organizationKeys.listRevoked(oid, { signal }),
  });
  return (
    <Screen
      title="Revoked keys"
      about="None of them can be used. A new key of the same name continues what the old one created and locked."
      back={{ address: addressOfKeys(), label: 'All keys' }}
    >
      <Needs permission="apikey.ctrl" to="see and change keys" hides="keys">
        <Loaded query={keys}>{(entries) => <RevokedKeys keys={entries} onAgain={onAgain} />}</Loaded>
      </Needs>
    </Screen>
  );
}

function RevokedKeys({ keys, onAgain }: RevokedKeysPageProps & { readonly keys: KeyEntries }) {
  const [text, setText] = useState('');
  const [offset, setOffset] = useState(0);
  const rows = Object.entries(keys)
    .filter(([keyHash, { name }]) => `${name}\n${keyHash}`.toLowerCase().includes(text.trim().toLowerCase()))
    .sort(([, a], [, b]) => (b.revoked ?? 0) - (a.revoked ?? 0));
  const start = offset < rows.length ? offset : 0;
  if (Object.keys(keys).length === 0) return <Empty>No key was revoked.</Empty>;
  return (
    <>
      <search className="filters" aria-label="Filters">
        <TextField label="Find a key" value={text} onChange={setText} type="search" />
      </search>
      {rows.length === 0 && <Empty>No revoked key fits.</Empty>}
      <Table columns={['Name', 'Revoked', 'Permissions']} hasActions>
        {rows.slice(start, start + KEYS_ON_PAGE).map(([keyHash, entry]) => (
          <RevokedRow key={keyHash} keyHash={keyHash} entry={entry} onAgain={() => onAgain(entry)} />
        ))}
      </Table>
      {rows.length > KEYS_ON_PAGE && (
        <Pages offset={start} size={KEYS_ON_PAGE} total={rows.length} onTurn={setOffset} />
      )}
    </>
  );
}

interface RevokedRowProps {
  readonly keyHash: string;
  readonly entry: KeyEntry;
  readonly onAgain: () => void;
}

function RevokedRow({ keyHash, entry: { name, by, created, revoked, priv }, onAgain }: RevokedRowProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <tr>
      <th scope="row" data-label="Name">
        <KeyName name={name} />
        <small>
          <code title="Public id">{keyHash}</code>, created by <bdi>{by}</bdi> <Time at={created} none="" />
        </small>
        <details className="list" onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>What a new key continues</summary>
          {isOpen && <Continues name={name} />}
        </details>
      </th>
      <td data-label="Revoked">
        <Time at={revoked ?? null} none="" />
      </td>
      <td data-label="Permissions">
        <PermissionList names={priv} />
      </td>
      <td className="actions">
        <button type="button" className="button small" aria-label={`Re-create ${name}`} onClick={onAgain}>
          Re-create
        </button>
      </td>
    </tr>
  );
}
