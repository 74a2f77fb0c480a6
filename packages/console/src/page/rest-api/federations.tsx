import type { FederationEntry } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { KeyName } from '../key-names/flairs.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { useCommand } from '../parts/use-command.ts';
import { PermissionList } from '../permissions/permission-list.tsx';
import { Needs } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { NewFederation } from './new-federation.tsx';

/** The federation that the user has asked to delete. */
interface Ending {
  readonly id: string;
  readonly name: string;
}

/**
 * Shows the organization's federations: workloads, such as CI jobs, that sign in with the token of another issuer. The
 * user can create and delete federations.
 */
export function Federations() {
  const { oid, client, permissions } = usePlace();
  const [isNew, setNew] = useState(false);
  const [ending, setEnding] = useState<Ending>();
  const federations = useQuery({
    queryKey: [oid, 'federations'],
    queryFn: ({ signal }) => client.federations.list(oid, { signal }),
    enabled: permissions.has('apikey.ctrl'),
  });
  return (
    <Needs permission="apikey.ctrl" to="see and change federations" hides="federations">
      <p className="quiet">
        A federation is a workload, such as a CI job, that signs in with the token of another issuer and so needs no
        key.
      </p>
      <Loaded query={federations}>{(entries) => <FederationTable entries={entries} onEnd={setEnding} />}</Loaded>
      <div className="buttons start">
        <button type="button" className="button" onClick={() => setNew(true)}>
          New federation
        </button>
      </div>
      {isNew && <NewFederation onClose={() => setNew(false)} />}
      {ending !== undefined && <DeleteFederation ending={ending} onClose={() => setEnding(undefined)} />}
    </Needs>
  );
}

interface FederationTableProps {
  readonly entries: Readonly<Record<string, FederationEntry>>;
  readonly onEnd: (ending: Ending) => void;
}

function FederationTable({ entries, onEnd }: FederationTableProps) {
  const rows = Object.entries(entries).sort(([, a], [, b]) => a.name.localeCompare(b.name));
  if (rows.length === 0) return <Empty>There is no federation yet.</Empty>;
  return (
    <Table columns={['Federation', 'Trusts', 'Permissions']} hasActions>
      {rows.map(([id, { name, issuer, audience, match, priv }]) => (
        <tr key={id}>
          <th scope="row" data-label="Federation">
            <KeyName name={name} />
            <small>
              <code>{id}</code>
            </small>
          </th>
          <td data-label="Trusts">
            <div>
              <code>{issuer}</code>
              <small>
                for <code>{audience}</code>
                {Object.entries(match).map(([claim, value]) => (
                  <span key={claim}>
                    , <code>{`${claim}=${value}`}</code>
                  </span>
                ))}
              </small>
            </div>
          </td>
          <td data-label="Permissions">
            <PermissionList names={priv} />
          </td>
          <td className="actions">
            <button
              type="button"
              className="button small danger-text"
              aria-label={`Delete ${name}`}
              onClick={() => onEnd({ id, name })}
            >
              Delete
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function DeleteFederation({
  ending: { id, name },
  onClose,
}: {
  readonly ending: Ending;
  readonly onClose: () => void;
}) {
  const { oid, client } = usePlace();
  const remove = useCommand({
    run: () => client.federations.delete(oid, id),
    changes: [[oid, 'federations']],
    said: `Deleted ${name}`,
    done: onClose,
  });
  return (
    <ConfirmDialog title={`Delete ${name}?`} name={name} confirm="Delete" command={remove} onClose={onClose}>
      The workload can sign in no longer, and every token that it obtained is revoked. This cannot be undone.
    </ConfirmDialog>
  );
}
