import { FlairgateClientError, type PolicyAnswer, type PolicyGrants } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../parts/dialog.tsx';
import { Loaded } from '../parts/problem.tsx';
import { SelectField, TextField } from '../parts/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';
import { useCatalogue } from '../permissions/use-catalogue.ts';
import { usePlace } from '../session/place.tsx';
import { compact, objectTypes, typesOf } from './grants.ts';
import { PolicyMatrix } from './policy-matrix.tsx';

interface PolicyDialogProps {
  /** Policy to edit. If absent, the dialog creates a new policy. */
  readonly policy?: PolicyAnswer;
  readonly onClose: () => void;
}

/**
 * Shows the dialog that edits or creates a policy. The dialog saves the policy as a whole, and only if it has not
 * changed since the dialog was opened. A new policy never replaces an existing one.
 */
export function PolicyDialog({ policy, onClose }: PolicyDialogProps) {
  const { oid, client } = usePlace();
  const [name, setName] = useState(policy?.name ?? '');
  const [grants, setGrants] = useState<PolicyGrants>(policy?.grants ?? {});
  const catalogue = useCatalogue();
  const save = useCommand({
    run: () =>
      client.policies.put(oid, name, compact(grants), policy === undefined ? { isNew: true } : { etag: policy.etag }),
    changes: [[oid, 'policies']],
    said: `Saved ${name}`,
    done: onClose,
  });
  return (
    <FormDialog
      title={policy === undefined ? 'New policy' : `Policy ${policy.name}`}
      submit="Save"
      command={policy === undefined ? { ...save, error: saidOfNew(save.error) } : save}
      onClose={onClose}
    >
      {policy === undefined && <TextField label="Name" value={name} onChange={setName} required />}
      <Loaded query={catalogue}>
        {({ permissions }) => <PolicyGroups grants={grants} types={objectTypes(permissions)} onChange={setGrants} />}
      </Loaded>
    </FormDialog>
  );
}

/**
 * Returns the error to show for a new policy. If the policy's name is taken, this is an error that advises the user.
 * Otherwise it is the given error.
 */
function saidOfNew(error: Error | null): Error | null {
  const isTaken = error instanceof FlairgateClientError && error.code === 'ERR_ETAG_MISMATCH';
  return isTaken ? new Error('There is a policy of this name. Choose another name, or edit that one.') : error;
}

interface PolicyGroupsProps {
  readonly grants: PolicyGrants;
  readonly types: readonly string[];
  readonly onChange: (grants: PolicyGrants) => void;
}

function PolicyGroups({ grants, types, onChange }: PolicyGroupsProps) {
  const { person } = usePlace();
  const groups = useQuery({
    queryKey: ['groups'],
    queryFn: ({ signal }) => person?.groups.list({ signal }) ?? Promise.resolve([]),
    enabled: person !== undefined,
  });
  const known = groups.data ?? [];
  const nameOf = (gid: string) => known.find((group) => group.gid === gid)?.name ?? gid;
  const add = (gid: string) => onChange({ ...grants, [gid]: typesOf(grants, gid) });
  return (
    <>
      {Object.keys(grants).map((gid) => (
        <PolicyMatrix key={gid} gid={gid} name={nameOf(gid)} types={types} grants={grants} onChange={onChange} />
      ))}
      {person === undefined ? (
        <AddById onAdd={add} />
      ) : (
        <SelectField
          label="Add a group"
          value=""
          onChange={(gid) => gid !== '' && add(gid)}
          options={[
            ['', 'Choose a group'],
            ...known.filter(({ gid }) => !Object.hasOwn(grants, gid)).map(({ gid, name }) => [gid, name] as const),
          ]}
        />
      )}
    </>
  );
}

/**
 * Shows a field for the id of a group. It is used if the caller signed in with an organization key: such a caller
 * cannot list groups.
 */
function AddById({ onAdd }: { readonly onAdd: (gid: string) => void }) {
  const [gid, setGid] = useState('');
  return (
    <div className="add">
      <TextField label="Add a group by its id" value={gid} onChange={setGid} mono />
      <button
        type="button"
        className="button"
        disabled={gid.trim() === ''}
        onClick={() => {
          onAdd(gid.trim().toLowerCase());
          setGid('');
        }}
      >
        Add
      </button>
    </div>
  );
}
