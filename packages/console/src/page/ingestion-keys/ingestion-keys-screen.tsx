import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { SecretDialog } from '../parts/secret-dialog.tsx';
import { TextField } from '../parts/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';
import { Needs, NeedsToAct } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';

/** The name and the secret of a new key. */
interface MadeKey {
  readonly name: string;
  readonly secret: string;
}

/** Shows the ingestion keys (keys that can only push data). */
export function IngestionKeysScreen() {
  const { oid, client } = usePlace();
  const [isNew, setNew] = useState(false);
  const [ending, setEnding] = useState<string>();
  const [made, setMade] = useState<MadeKey>();
  const keys = useQuery({
    queryKey: [oid, 'ingestion-keys'],
    queryFn: ({ signal }) => client.ingestionKeys.list(oid, { signal }),
  });
  return (
    <Screen
      title="Ingestion keys"
      about="They may push data and nothing else: every other route refuses them."
      action={
        <NeedsToAct permission="ingestkey.ctrl">
          <button type="button" className="button primary" onClick={() => setNew(true)}>
            New ingestion key
          </button>
        </NeedsToAct>
      }
    >
      <Needs permission="ingestkey.ctrl" to="see and change ingestion keys" hides="ingestion keys">
        <Loaded query={keys}>{(entries) => <IngestionKeys keys={entries} onEnd={setEnding} />}</Loaded>
      </Needs>
      {isNew && <NewIngestionKey onClose={() => setNew(false)} onMade={setMade} />}
      {ending !== undefined && <RevokeIngestionKey name={ending} onClose={() => setEnding(undefined)} />}
      {made !== undefined && <SecretDialog {...made} onClose={() => setMade(undefined)} />}
    </Screen>
  );
}

interface IngestionKeysProps {
  readonly keys: Readonly<Record<string, string>>;
  readonly onEnd: (name: string) => void;
}

function IngestionKeys({ keys, onEnd }: IngestionKeysProps) {
  const rows = Object.entries(keys).sort(([a], [b]) => a.localeCompare(b));
  if (rows.length === 0) return <Empty>There is no ingestion key yet.</Empty>;
  return (
    <ul className="rows cards">
      {rows.map(([name, masked]) => (
        <li key={name} className="row">
          <div>
            <strong>
              <bdi>{name}</bdi>
            </strong>
            <code>{masked}</code>
          </div>
          <button
            type="button"
            className="button small danger-text"
            aria-label={`Revoke ${name}`}
            onClick={() => onEnd(name)}
          >
            Revoke
          </button>
        </li>
      ))}
    </ul>
  );
}

interface NewIngestionKeyProps {
  readonly onClose: () => void;
  readonly onMade: (made: MadeKey) => void;
}

function NewIngestionKey({ onClose, onMade }: NewIngestionKeyProps) {
  const { oid, client } = usePlace();
  const [name, setName] = useState('');
  const make = useCommand({
    run: () => client.ingestionKeys.create(oid, { name }),
    changes: [[oid, 'ingestion-keys']],
    said: `Created ${name}`,
    givesSecret: true,
    done: ({ key }) => {
      onClose();
      onMade({ name, secret: key });
    },
  });
  return (
    <FormDialog title="New ingestion key" submit="Create key" command={make} onClose={onClose}>
      <TextField label="Name" value={name} onChange={setName} required />
    </FormDialog>
  );
}

function RevokeIngestionKey({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { oid, client } = usePlace();
  const revoke = useCommand({
    run: () => client.ingestionKeys.revoke(oid, name),
    changes: [[oid, 'ingestion-keys']],
    said: `Revoked ${name}`,
    done: onClose,
  });
  return (
    <ConfirmDialog title={`Revoke ${name}?`} confirm="Revoke" command={revoke} onClose={onClose}>
      Whatever pushes data with it is refused from now on. This cannot be undone.
    </ConfirmDialog>
  );
}
