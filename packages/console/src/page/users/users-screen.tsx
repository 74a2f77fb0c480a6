import type { Member } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { Table } from '../parts/table.tsx';
import { useCommand } from '../parts/use-command.ts';
import { PermissionList } from '../permissions/permission-list.tsx';
import { useCatalogue } from '../permissions/use-catalogue.ts';
import { Needs, NeedsToAct } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { roleOf } from './role-of.ts';
import { InviteDialog, PermissionsDialog, RoleDialog } from './user-dialogs.tsx';

type UserAction = 'role' | 'permissions' | 'remove';
type OpenedUserDialog = { readonly kind: 'invite' } | { readonly kind: UserAction; readonly user: Member };

/** Shows the users of the organization and their permissions. */
export function UsersScreen() {
  const { oid, client } = usePlace();
  const [opened, setOpened] = useState<OpenedUserDialog>();
  const close = () => setOpened(undefined);
  const users = useQuery({
    queryKey: [oid, 'users'],
    queryFn: ({ signal }) => client.users.members(oid, { signal }),
  });
  return (
    <Screen
      title="Users"
      about="People of the organization. A change applies from their next request. For an invited user, nothing applies until they accept."
      action={
        <NeedsToAct permission="user.ctrl">
          <button type="button" className="button primary" onClick={() => setOpened({ kind: 'invite' })}>
            Invite user
          </button>
        </NeedsToAct>
      }
    >
      <Needs permission="user.ctrl" to="see and change users" hides="every user">
        <Loaded query={users}>
          {(entries) => <UserTable users={entries} onOpen={(kind, user) => setOpened({ kind, user })} />}
        </Loaded>
      </Needs>
      {opened?.kind === 'invite' && <InviteDialog onClose={close} />}
      {opened?.kind === 'role' && <RoleDialog user={opened.user} onClose={close} />}
      {opened?.kind === 'permissions' && <PermissionsDialog user={opened.user} onClose={close} />}
      {opened?.kind === 'remove' && <RemoveDialog user={opened.user} onClose={close} />}
    </Screen>
  );
}

interface UserTableProps {
  readonly users: readonly Member[];
  readonly onOpen: (kind: UserAction, user: Member) => void;
}

const DOING: readonly (readonly [kind: UserAction, label: string])[] = [
  ['role', 'Role'],
  ['permissions', 'Permissions'],
  ['remove', 'Remove'],
];

function UserTable({ users, onOpen }: UserTableProps) {
  const { data: catalogue } = useCatalogue();
  if (users.length === 0) return <Empty>There is no user yet.</Empty>;
  return (
    <Table columns={['User', 'Role', 'Permissions']} hasActions>
      {users.map((user) => (
        <tr key={user.email}>
          <th scope="row" data-label="User">
            <bdi>{user.email}</bdi>
            {!user.accepted && <small>invited, has not accepted</small>}
          </th>
          <td data-label="Role">
            {roleOf(user, catalogue?.roles ?? []) ?? <span className="quiet">own permissions</span>}
          </td>
          <td data-label="Permissions">
            <PermissionList names={user.permissions} />
          </td>
          <td className="actions">
            {DOING.map(([kind, label]) => (
              <button
                key={kind}
                type="button"
                className={kind === 'remove' ? 'button small danger-text' : 'button small'}
                aria-label={`${label}: ${user.email}`}
                onClick={() => onOpen(kind, user)}
              >
                {label}
              </button>
            ))}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function RemoveDialog({ user: { email, etag }, onClose }: { readonly user: Member; readonly onClose: () => void }) {
  const { oid, client } = usePlace();
  const remove = useCommand({
    run: () => client.users.remove(oid, email, { etag }),
    changes: [[oid, 'users']],
    said: `Removed ${email}`,
    done: onClose,
  });
  return (
    <ConfirmDialog title={`Remove ${email}?`} confirm="Remove" command={remove} onClose={onClose}>
      They lose all access to this organization immediately. Other organizations are not affected.
    </ConfirmDialog>
  );
}
