import { previewKeyName } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { TextField } from '../parts/text-field.tsx';
import { usePlace } from '../session/place.tsx';
import { FlairPreview } from './flairs.tsx';

interface NameFieldProps {
  readonly label?: string;
  readonly value: string;
  readonly onChange: (name: string) => void;
  /** Reason why the service refused the name. */
  readonly refused?: string | undefined;
}

/**
 * Shows the field for a new key's name. Below the field, explains the flairs (words in square brackets) in the name.
 */
export function NameField({ label = 'Name', value, onChange, refused }: NameFieldProps) {
  const problem = (value === '' ? undefined : previewKeyName(value).problem) ?? refused;
  return (
    <div>
      <TextField label={label} value={value} onChange={onChange} problem={problem} required mono />
      <FlairPreview name={value === '' ? 'key' : value} />
    </div>
  );
}

/**
 * Shows a warning before a key is created, if its name is taken, or if a revoked or expired key has the same name. In
 * the second case, the new key would continue the old key: the warning lists what the new key would take over.
 */
export function Continues({ name }: { readonly name: string }) {
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
