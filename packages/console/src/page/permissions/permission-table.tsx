import type { PermissionEntry } from '@flairgate/client';
import { useDeferredValue, useState } from 'react';
import { Pages } from '../parts/pages.tsx';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { SelectField, TextField } from '../parts/text-field.tsx';
import { usePlace } from '../session/place.tsx';
import { useCatalogue } from './use-catalogue.ts';

const PERMISSIONS_PER_PAGE = 25;

const HELD = [
  ['', 'All permissions'],
  ['held', 'Those you hold'],
  ['missing', 'Those you do not hold'],
] as const;

interface PermissionTableProps {
  /** True to show only permissions that the caller holds. @default false */
  readonly isOwn?: boolean;
}

/**
 * Shows permissions with their descriptions, and marks those that the caller holds. The user can search the
 * permissions.
 */
export function PermissionTable({ isOwn = false }: PermissionTableProps) {
  const catalogue = useCatalogue();
  return <Loaded query={catalogue}>{({ permissions }) => <Found entries={permissions} isOwn={isOwn} />}</Loaded>;
}

interface FoundProps {
  readonly entries: readonly PermissionEntry[];
  readonly isOwn: boolean;
}

function Found({ entries, isOwn }: FoundProps) {
  const { permissions: held } = usePlace();
  const [text, setText] = useState('');
  const [kind, setKind] = useState('');
  const [offset, setOffset] = useState(0);
  const sought = useDeferredValue(text).trim().toLowerCase();
  const shown = isOwn ? 'held' : kind;
  const found = entries
    .filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(sought))
    .filter(({ name }) => shown === '' || held.has(name) === (shown === 'held'));
  const start = offset < found.length ? offset : 0;
  const change = (set: (value: string) => void) => (value: string) => {
    set(value);
    setOffset(0);
  };
  return (
    <>
      <search className="filters" aria-label="Find permissions">
        <TextField label="Find a permission" value={text} onChange={change(setText)} type="search" />
        {!isOwn && <SelectField label="Show" value={kind} onChange={change(setKind)} options={HELD} />}
      </search>
      <p className="quiet" role="status">
        {found.length} of {isOwn ? held.size : entries.length} permissions
      </p>
      {found.length === 0 ? (
        <Empty>No permission has this in its name or description.</Empty>
      ) : (
        <Table columns={['Permission', 'What it allows', ...(isOwn ? [] : ['You'])]}>
          {found.slice(start, start + PERMISSIONS_PER_PAGE).map(({ name, description, privileged }) => (
            <tr key={name}>
              <th scope="row" data-label="Permission">
                <code>{name}</code>
                {privileged && <span className="badge privileged">privileged</span>}
              </th>
              <td data-label="What it allows">{description}</td>
              {!isOwn && <td data-label="You">{held.has(name) ? 'hold it' : <span className="quiet">do not</span>}</td>}
            </tr>
          ))}
        </Table>
      )}
      {found.length > PERMISSIONS_PER_PAGE && (
        <Pages offset={start} size={PERMISSIONS_PER_PAGE} total={found.length} onTurn={setOffset} />
      )}
    </>
  );
}
