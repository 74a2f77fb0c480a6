import type { ApiUserEntry } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { SecretDialog } from '../parts/secret-dialog.tsx';
import { Table } from '../parts/table.tsx';
import { Needs, NeedsToAct } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import {
  ChangeDialog,
  type Changing,
  type MadeKey,
  NewApiUserDialog,
  NewApiUserKeyDialog,
} from './api-user-dialogs.tsx';

type ApiUserAction = 'key' | Changing;
type OpenedDialog = { readonly kind: 'new' } | { readonly kind: ApiUserAction; readonly user: ApiUserEntry };

/**
 * Shows the API users (user accounts for programs). Each API user has at most one key. A new key replaces the old one.
 */
export function ApiUsersScreen() {
  const { oid, client } = usePlace();
  const [opened, setOpened] = useState<OpenedDialog>();
  const [made, setMade] = useState<MadeKey>();
  const close = () => setOpened(undefined);
  const users = useQuery({
    queryKey: [oid, 'api-users'],
    queryFn: ({ signal }) => client.apiUsers.list(oid, { signal }),
  });
  return (
    <Screen
      title="API users"
      about="Programs with one key each. They may do what the policies grant to the groups they are in."
      action={
        <NeedsToAct permission="user.ctrl">
          <button type="button" className="button primary" onClick={() => setOpened({ kind: 'new' })}>
            New API user
          </button>
        </NeedsToAct>
      }
    >
      <Needs permission="user.ctrl" to="see and change API users" hides="every API user">
        <Loaded query={users}>
          {(entries) => <ApiUsers users={entries} onOpen={(kind, user) => setOpened({ kind, user })} />}
        </Loaded>
      </Needs>
      {opened?.kind === 'new' && <NewApiUserDialog onClose={close} />}
      {opened?.kind === 'key' && (
        <NewApiUserKeyDialog
          user={opened.user}
          onClose={close}
          onMade={(given) => {
            close();
            setMade(given);
          }}
        />
      )}
      {opened !== undefined && opened.kind !== 'new' && opened.kind !== 'key' && (
        <ChangeDialog kind={opened.kind} user={opened.user} onClose={close} />
      )}
      {made !== undefined && <SecretDialog {...made} isKey onClose={() => setMade(undefined)} />}
    </Screen>
  );
}

interface ApiUsersProps {
  readonly users: readonly ApiUserEntry[];
  readonly onOpen: (kind: ApiUserAction, user: ApiUserEntry) => void;
}

function ApiUsers({ users, onOpen }: ApiUsersProps) {
  if (users.length === 0) return <Empty>There is no API user yet.</Empty>;
  return (
    <Table columns={['Name', 'State', 'Key', 'Groups']} hasActions>
      {users.map((user) => (
        <ApiUserRow key={user.uid} user={user} onOpen={(kind) => onOpen(kind, user)} />
      ))}
    </Table>
  );
}

interface ApiUserRowProps {
  readonly user: ApiUserEntry;
  readonly onOpen: (kind: ApiUserAction) => void;
}

function ApiUserRow({ user: { uid, name, active, key_hash: keyHash, groups }, onOpen }: ApiUserRowProps) {
  const doings: readonly (readonly [kind: ApiUserAction, label: string, isOffered: boolean])[] = [
    ['key', keyHash === null ? 'Create key' : 'Replace key', active],
    ['revoke', 'Revoke key', keyHash !== null],
    ['activate', 'Activate', !active],
    ['deactivate', 'Deactivate', active],
    ['delete', 'Delete', true],
  ];
  return (
    <tr>
      <th scope="row" data-label="Name">
        <bdi>{name}</bdi>
        <small>
          <code title="User id">{uid}</code>
        </small>
      </th>
      <td data-label="State">
        <span className={active ? 'state on' : 'state off'}>{active ? 'active' : 'deactivated'}</span>
      </td>
      <td data-label="Key">{keyHash === null ? <span className="quiet">none</span> : <code>{keyHash}</code>}</td>
      <td data-label="Groups">{groups.length === 0 ? <span className="quiet">none</span> : groups.length}</td>
      <td className="actions">
        {doings
          .filter(([, , isOffered]) => isOffered)
          .map(([kind, label]) => (
            <button
              key={kind}
              type="button"
              className={kind === 'key' || kind === 'activate' ? 'button small' : 'button small danger-text'}
              aria-label={`${label}: ${name}`}
              onClick={() => onOpen(kind)}
            >
              {label}
            </button>
          ))}
      </td>
    </tr>
  );
}
