import { type NewKeyAnswer, previewKeyName } from '@flairgate/client';
import { useState } from 'react';
import { FormDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';
import { PermissionPicker } from '../permissions/permission-picker.tsx';
import { usePlace } from '../session/place.tsx';
import { FlairPreview } from './flairs.tsx';

interface NewKeyDialogProps {
  readonly onClose: () => void;
  readonly onMade: (made: NewKeyAnswer) => void;
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
    done: onMade,
    givesSecret: true,
  });
  return (
    <FormDialog title="New key" submit="Create key" command={make} onClose={onClose}>
      <NameField value={name} onChange={setName} />
      <TextField label="Description" value={description} onChange={setDescription} hint="For people; optional" />
      <div className="pair">
        <TextField
          label="Last day"
          value={lastDay}
          onChange={setLastDay}
          type="date"
          hint="Expires at the end of this day; empty: never"
        />
        <TextField
          label="Address ranges"
          value={ranges}
          onChange={setRanges}
          hint="192.0.2.0/24, 2001:db8::/32; empty: any address"
          mono
        />
      </div>
      <PermissionPicker chosen={permissions} onChange={setPermissions} />
    </FormDialog>
  );
}

interface NameFieldProps {
  readonly label?: string;
  readonly value: string;
  readonly onChange: (name: string) => void;
}

/** Shows the field for the name of a new key, with the meaning of its flairs. */
export function NameField({ label = 'Name', value, onChange }: NameFieldProps) {
  const problem = value === '' ? undefined : previewKeyName(value).problem;
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
