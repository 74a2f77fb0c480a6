import type { FlairgateClient, KeyEntries, KeyEntry } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { NameField } from '../key-names/name-field.tsx';
import { EVERY_KEY, filterKeys } from '../keys/key-filter.ts';
import { KeyTable } from '../keys/key-table.tsx';
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx';
import { issueOf } from '../parts/issue-of.ts';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { SecretDialog } from '../parts/secret-dialog.tsx';
import { useCommand } from '../parts/use-command.ts';
import { NeedsUser } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';

const CHANGED_QUERIES = [['my-keys']] as const;

/** Shows the calling user's own keys. */
export function MyKeysScreen() {
  const { person } = usePlace();
  const [isNew, setNew] = useState(false);
  const about = 'Keys in your own name. Each has exactly your access, in every organization you belong to.';
  return (
    <Screen
      title="My keys"
      about={about}
      action={
        person !== undefined && (
          <button type="button" className="button primary" onClick={() => setNew(true)}>
            New key
          </button>
        )
      }
    >
      <NeedsUser to="have keys in their own name">
        {person !== undefined && <MyKeys person={person} isNew={isNew} onClose={() => setNew(false)} />}
      </NeedsUser>
    </Screen>
  );
}

/** The key that the user has asked to revoke. */
interface Ending {
  readonly keyHash: string;
  readonly name: string;
}

interface MyKeysProps {
  readonly person: FlairgateClient;
  readonly isNew: boolean;
  readonly onClose: () => void;
}

function MyKeys({ person, isNew, onClose }: MyKeysProps) {
  const [name, setName] = useState('');
  const [made, setMade] = useState<{ readonly name: string; readonly secret: string }>();
  const [ending, setEnding] = useState<Ending>();
  const keys = useQuery({ queryKey: ['my-keys'], queryFn: ({ signal }) => person.userKeys.list({ signal }) });
  const make = useCommand({
    run: () => person.userKeys.create({ name }),
    changes: CHANGED_QUERIES,
    said: `Created ${name}`,
    givesSecret: true,
    done: ({ api_key: secret }) => {
      onClose();
      setName('');
      setMade({ name, secret });
    },
  });
  return (
    <>
      <Loaded query={keys}>
        {(entries) => (
          <OwnKeys
            keys={entries}
            actions={(keyHash, key) => <EndButton entry={key} onPress={() => setEnding({ keyHash, name: key.name })} />}
          />
        )}
      </Loaded>
      {isNew && (
        <FormDialog title="New key in your name" submit="Create key" command={make} onClose={onClose}>
          <NameField value={name} onChange={setName} refused={issueOf(make.error, 'key_name')} />
        </FormDialog>
      )}
      {made !== undefined && <SecretDialog {...made} isKey onClose={() => setMade(undefined)} />}
      {ending !== undefined && <RevokeMyKey person={person} ending={ending} onClose={() => setEnding(undefined)} />}
    </>
  );
}

interface OwnKeysProps {
  readonly keys: KeyEntries;
  readonly actions: (keyHash: string, key: KeyEntry) => ReactNode;
}

function OwnKeys({ keys, actions }: OwnKeysProps) {
  const rows = filterKeys(keys, EVERY_KEY, Date.now() / 1000);
  if (rows.length === 0) return <Empty>You have no key. Create one to sign in with, or for a program of yours.</Empty>;
  return <KeyTable rows={rows} actions={actions} isPersonal />;
}

interface RevokeMyKeyProps {
  readonly person: FlairgateClient;
  readonly ending: Ending;
  readonly onClose: () => void;
}

function RevokeMyKey({ person, ending: { keyHash, name }, onClose }: RevokeMyKeyProps) {
  const revoke = useCommand({
    run: () => person.userKeys.revoke(keyHash),
    changes: CHANGED_QUERIES,
    said: `Revoked ${name}`,
    done: onClose,
  });
  return (
    <ConfirmDialog title={`Revoke ${name}?`} confirm="Revoke" command={revoke} onClose={onClose}>
      If you signed in with this key, this page can no longer use it.
    </ConfirmDialog>
  );
}

function EndButton({ entry: { name }, onPress }: { readonly entry: KeyEntry; readonly onPress: () => void }) {
  return (
    <button type="button" className="button small danger-text" aria-label={`Revoke ${name}`} onClick={onPress}>
      Revoke
    </button>
  );
}
