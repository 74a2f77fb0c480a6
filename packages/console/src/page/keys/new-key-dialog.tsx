import { type NewKeyAnswer, previewKeyName } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { FormDialog } from '../parts/dialog.tsx';
import { issueOf } from '../parts/issue-of.ts';
import { TextField } from '../parts/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';
import { PermissionPicker } from '../permissions/permission-picker.tsx';
import { usePlace } from '../session/place.tsx';
import { FlairPreview } from './flairs.tsx';

interface NewKeyDialogProps {
  readonly onClose: () => void;
  readonly onMade: (made: NewKeyAnswer & { readonly name: string }) => void;
}

/** Creates a key. Problems of its name are shown while it is typed. */
export function NewKeyDialog({ onClose, onMade }: NewKeyDialogProps) {
  const { oid, client } = usePlace();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [ranges, setRanges] = useState('');
  const [lastDay, setLastDay] = useState('');
  const [permissions, setPermissions] = useState<ReadonlySet<string>>(new Set());
  const make = useCommand({
    run: () =>
      client.organizationKeys.create(oid, {
        name,
        permissions: [...permissions],
        ranges: itemsOf(ranges),
        ...(lastDay === '' ? {} : { expires: endOfDay(lastDay) }),
        ...(description === '' ? {} : { description }),
      }),
    changes: [[oid, 'keys']],
    said: `Created ${name}`,
    done: (made) => onMade({ ...made, name }),
    givesSecret: true,
  });
  return (
    <FormDialog title="New key" submit="Create key" command={make} onClose={onClose}>
      <NameField value={name} onChange={setName} refused={issueOf(make.error, 'key_name')} />
      <Continues name={name} />
      <TextField
        label="Description"
        value={description}
        onChange={setDescription}
        hint="For people; optional"
        problem={issueOf(make.error, 'description')}
      />
      <div className="pair">
        <TextField
          label="Last day"
          value={lastDay}
          onChange={setLastDay}
          type="date"
          hint="Expires at the end of this day; empty: never"
          problem={issueOf(make.error, 'expires')}
        />
        <TextField
          label="Address ranges"
          value={ranges}
          onChange={setRanges}
          hint="192.0.2.0/24, 2001:db8::/32; empty: any address"
          problem={issueOf(make.error, 'allowed_ip_range')}
          mono
        />
      </div>
      <PermissionPicker chosen={permissions} onChange={setPermissions} problem={issueOf(make.error, 'perms')} />
      {permissions.size === 0 && <p className="notice">The key has no permission: it can only say who it is.</p>}
    </FormDialog>
  );
}

/** Says before a key is created that it continues a dead one of the same name, and with what. */
function Continues({ name }: { readonly name: string }) {
  const { oid, client } = usePlace();
  const typed = useDeferredValue(name);
  const isName = typed !== '' && previewKeyName(typed).problem === undefined;
  const found = useQuery({
    queryKey: [oid, 'keys', 'name', typed],
    queryFn: ({ signal }) => client.organizationKeys.readName(oid, typed, { signal }),
    enabled: isName,
  });
  if (!isName || found.data === undefined) return null;
  const { taken, continues, secret_continues: secretContinues } = found.data;
  if (taken) return <p className="notice">A key has this name already. Choose another one, or rotate that key.</p>;
  if (!continues) return null;
  return (
    <div className="notice" role="status">
      <p>
        There was a key of this name. The new key <strong>continues</strong> it: it owns what that key created, and
        holds its locks.
      </p>
      <p>
        {secretContinues
          ? 'It can read what is secret to that key.'
          : 'What is secret to that key stays closed to it: only an owner can continue that.'}{' '}
        For a fresh start, choose another name.
      </p>
    </div>
  );
}

interface NameFieldProps {
  readonly label?: string;
  readonly value: string;
  readonly onChange: (name: string) => void;
  /** Reason for which the service refused the name. */
  readonly refused?: string | undefined;
}

/** Shows the field for the name of a new key, with the meaning of its flairs. */
export function NameField({ label = 'Name', value, onChange, refused }: NameFieldProps) {
  const problem = (value === '' ? undefined : previewKeyName(value).problem) ?? refused;
  return (
    <div>
      <TextField label={label} value={value} onChange={onChange} problem={problem} required mono />
      <FlairPreview name={value === '' ? 'key' : value} />
    </div>
  );
}

function itemsOf(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Returns the last second of a day in the browser's time zone, in Unix seconds. */
function endOfDay(day: string): number {
  return Math.floor(new Date(`${day}T23:59:59`).getTime() / 1000);
}
