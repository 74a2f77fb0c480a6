import type { KeyEntry } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ActionMenu } from '../parts/action-menu.tsx';
import { Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { SecretDialog } from '../parts/secret-dialog.tsx';
import { ExactTime } from '../parts/time.tsx';
import { Needs, NeedsToAct } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { ChangeKeyDialog, type ChangingKey } from './change-key-dialog.tsx';
import { KeyList } from './key-list.tsx';
import type { NamedKey } from './named-key.ts';
import { NewKeyDialog } from './new-key-dialog.tsx';
import { RotateKeyDialog } from './rotate-key-dialog.tsx';

/** A secret to show, and the expiry of the previous one. */
interface Shown {
  readonly secret: string;
  readonly name: string;
  readonly oldEnds?: number;
  /** True if the key continues a dead one of its name. */
  readonly continued?: boolean;
}

type KeyAction = 'rotate' | ChangingKey;
type OpenedKeyDialog = { readonly kind: 'new' } | { readonly kind: KeyAction; readonly key: NamedKey };

/** Shows the keys of the organization. */
export function KeysScreen() {
  const { oid, client, isSegmented } = usePlace();
  const [opened, setOpened] = useState<OpenedKeyDialog>();
  const [shown, setShown] = useState<Shown>();
  const close = () => setOpened(undefined);
  const keys = useQuery({
    queryKey: [oid, 'keys'],
    queryFn: ({ signal }) => client.organizationKeys.list(oid, { signal }),
  });
  function show(secret: Shown) {
    close();
    setShown(secret);
  }
  return (
    <Screen
      title="Keys"
      about="Keys of the organization. Words in square brackets in the name of a key set what it can see and change."
      action={
        <NeedsToAct permission="apikey.ctrl">
          <button type="button" className="button primary" onClick={() => setOpened({ kind: 'new' })}>
            New key
          </button>
        </NeedsToAct>
      }
    >
      <Needs permission="apikey.ctrl" to="see and change keys" hides="keys">
        <Loaded query={keys}>
          {(entries) => (
            <KeyList
              keys={entries}
              none={
                isSegmented
                  ? 'Your key has created no key.'
                  : 'There is no key yet. Create one for each program that calls the API.'
              }
              actions={(keyHash, entry) => (
                <KeyActions entry={entry} onOpen={(kind) => setOpened({ kind, key: { ...entry, keyHash } })} />
              )}
            />
          )}
        </Loaded>
      </Needs>
      {opened?.kind === 'new' && (
        <NewKeyDialog
          onClose={close}
          onMade={({ api_key: secret, name, continued = false }) => show({ secret, name, continued })}
        />
      )}
      {opened?.kind === 'rotate' && (
        <RotateKeyDialog
          keyed={opened.key}
          onClose={close}
          onRotated={({ api_key: secret, old_ends: oldEnds }) => show({ secret, oldEnds, name: opened.key.name })}
        />
      )}
      {opened !== undefined && opened.kind !== 'new' && opened.kind !== 'rotate' && (
        <ChangeKeyDialog kind={opened.kind} keyed={opened.key} onClose={close} />
      )}
      {shown !== undefined && (
        <SecretDialog title={`New secret of ${shown.name}`} secret={shown.secret} onClose={() => setShown(undefined)}>
          {shown.continued === true && (
            <p className="quiet">It continues the dead key of this name, with what that key created and locked.</p>
          )}
          {shown.oldEnds !== undefined && (
            <p className="quiet">
              The old secret expires at <ExactTime at={shown.oldEnds} />.
            </p>
          )}
        </SecretDialog>
      )}
    </Screen>
  );
}

interface KeyActionsProps {
  readonly entry: KeyEntry;
  readonly onOpen: (kind: KeyAction) => void;
}

function KeyActions({ entry: { name, disabled }, onOpen }: KeyActionsProps) {
  const turn = disabled ? ('enable' as const) : ('disable' as const);
  return (
    <>
      <button type="button" className="button small" aria-label={`Rotate ${name}`} onClick={() => onOpen('rotate')}>
        Rotate
      </button>
      <ActionMenu
        of={name}
        actions={[
          { label: disabled ? 'Enable' : 'Disable', onChoose: () => onOpen(turn) },
          { label: 'Revoke', onChoose: () => onOpen('revoke'), isGrave: true },
        ]}
      />
    </>
  );
}
