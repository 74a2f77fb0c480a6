import type { FlairgateClient, GroupEntry } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../parts/dialog.tsx';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { TextField } from '../parts/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';
import { NeedsUser } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { GroupBox } from './group-box.tsx';

/** Shows the groups that the calling user owns or belongs to. */
export function GroupsScreen() {
  const { person } = usePlace();
  const [isNew, setNew] = useState(false);
  return (
    <Screen
      title="Groups"
      about="Members of a group have its permissions in every organization it is attached to. Groups can be nested."
      action={
        person !== undefined && (
          <button type="button" className="button primary" onClick={() => setNew(true)}>
            New group
          </button>
        )
      }
    >
      <NeedsUser to="manage groups">
        {person !== undefined && <Groups person={person} />}
        {person !== undefined && isNew && <NewGroup person={person} onClose={() => setNew(false)} />}
      </NeedsUser>
    </Screen>
  );
}

function Groups({ person }: { readonly person: FlairgateClient }) {
  const groups = useQuery({ queryKey: ['groups'], queryFn: ({ signal }) => person.groups.list({ signal }) });
  return (
    <Loaded query={groups}>
      {(entries) =>
        entries.length === 0 ? (
          <Empty>You own no group and are in none.</Empty>
        ) : (
          <GroupList person={person} groups={entries} />
        )
      }
    </Loaded>
  );
}

interface GroupListProps {
  readonly person: FlairgateClient;
  readonly groups: readonly GroupEntry[];
}

function GroupList({ person, groups }: GroupListProps) {
  const sorted = [...groups].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <div className="boxes">
      {sorted.map((group) => (
        <GroupBox key={group.gid} person={person} entry={group} all={sorted} />
      ))}
    </div>
  );
}

function NewGroup({ person, onClose }: { readonly person: FlairgateClient; readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const make = useCommand({
    run: () => person.groups.create({ name }),
    changes: [['groups']],
    said: `Created ${name}`,
    done: onClose,
  });
  return (
    <FormDialog title="New group" description="You will own it." submit="Create group" command={make} onClose={onClose}>
      <TextField label="Name" value={name} onChange={setName} required />
    </FormDialog>
  );
}
