import type { FlairgateClient, GroupEntry, ReadGroupAnswer } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx';
import { Loaded } from '../parts/problem.tsx';
import { useCommand } from '../parts/use-command.ts';
import { PermissionList } from '../permissions/permission-list.tsx';
import { PermissionPicker } from '../permissions/permission-picker.tsx';
import type { GroupDialogProps } from './group-dialog-props.ts';
import { GroupLog } from './group-log.tsx';
import { GroupParts } from './group-parts.tsx';

interface GroupBoxProps {
  readonly person: FlairgateClient;
  readonly entry: GroupEntry;
  /** All groups that the user owns or belongs to, offered as choices for nesting a group in this one. */
  readonly all: readonly GroupEntry[];
}

/** Shows one group. The group's details are read when the user expands the group. */
export function GroupBox({ person, entry: { gid, name }, all }: GroupBoxProps) {
  const [isOpen, setOpen] = useState(false);
  const group = useQuery({
    queryKey: ['groups', gid],
    queryFn: ({ signal }) => person.groups.read(gid, { signal }),
    enabled: isOpen,
  });
  return (
    <details className="box" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <code>{gid}</code>
      </summary>
      {isOpen && <Loaded query={group}>{(read) => <GroupDetails person={person} read={read} all={all} />}</Loaded>}
    </details>
  );
}

type GroupAction = 'permissions' | 'delete' | 'log';

interface GroupDetailsProps {
  readonly person: FlairgateClient;
  readonly read: ReadGroupAnswer;
  readonly all: readonly GroupEntry[];
}

function GroupDetails({ person, read, all }: GroupDetailsProps) {
  const [doing, setDoing] = useState<GroupAction>();
  const { group, etag } = read;
  const close = () => setDoing(undefined);
  return (
    <div className="details">
      <section className="part" aria-label="Permissions">
        <h2>Grants</h2>
        <PermissionList names={group.perms} />
      </section>
      <GroupParts person={person} group={group} all={all} />
      <footer className="buttons start">
        <button type="button" className="button small" onClick={() => setDoing('permissions')}>
          Change permissions
        </button>
        <button type="button" className="button small" onClick={() => setDoing('log')}>
          History
        </button>
        <button type="button" className="button small danger-text" onClick={() => setDoing('delete')}>
          Delete group
        </button>
      </footer>
      {doing === 'permissions' && <GrantDialog person={person} group={group} etag={etag} onClose={close} />}
      {doing === 'delete' && <DeleteDialog person={person} group={group} onClose={close} />}
      {doing === 'log' && <GroupLog person={person} group={group} onClose={close} />}
    </div>
  );
}

function GrantDialog({ person, group, etag, onClose }: GroupDialogProps & { readonly etag: string }) {
  const { gid, name, perms } = group;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(perms));
  const set = useCommand({
    run: () => person.groups.setPermissions(gid, [...chosen], { etag }),
    changes: [['groups', gid]],
    said: `Changed what ${name} grants`,
    done: onClose,
  });
  return (
    <FormDialog title={`What ${name} grants`} submit="Save" command={set} onClose={onClose}>
      <PermissionPicker chosen={chosen} onChange={setChosen} />
    </FormDialog>
  );
}

function DeleteDialog({ person, group: { gid, name }, onClose }: GroupDialogProps) {
  const end = useCommand({
    run: () => person.groups.delete(gid),
    changes: [['groups']],
    said: `Deleted ${name}`,
    done: onClose,
  });
  return (
    <ConfirmDialog title={`Delete ${name}?`} confirm="Delete" command={end} onClose={onClose}>
      Its members lose what it grants immediately. This cannot be undone.
    </ConfirmDialog>
  );
}
