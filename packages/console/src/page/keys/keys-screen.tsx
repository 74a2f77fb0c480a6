import type { KeyEntry } from '@flairgate/client';
import { useState } from 'react';
import { ActionMenu } from '../parts/action-menu.tsx';
import { Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { Needs, NeedsToAct } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { addressOfKeys, useRoute } from '../shell/route.ts';
import { type KeyAction, KeyDialogs, type OpenedKey } from './key-dialogs.tsx';
import { stateOf } from './key-filter.ts';
import { KeyList } from './key-list.tsx';
import { KeyPage } from './key-page.tsx';
import { NewKeyPage } from './new-key-page.tsx';
import { RevokedKeysPage } from './revoked-keys-page.tsx';
import { useFirstKeys, useKeys } from './use-keys.ts';

/** Shows the list of keys, the page of one key, the list of revoked keys, or the page for a new key. */
export function KeysScreen() {
  const { page } = useRoute();
  const [again, setAgain] = useState<KeyEntry>();
  function createAgain(entry: KeyEntry) {
    setAgain(entry);
    window.location.hash = addressOfKeys('new');
  }
  if (page === 'new') return <NewKeyPage again={again} />;
  if (page === 'revoked') return <RevokedKeysPage onAgain={createAgain} />;
  if (page !== undefined) return <KeyPage key={page} keyHash={page} onAgain={createAgain} />;
  return <ListPage onNew={() => setAgain(undefined)} onAgain={createAgain} />;
}

interface ListPageProps {
  readonly onNew: () => void;
  readonly onAgain: (entry: KeyEntry) => void;
}

function ListPage({ onNew, onAgain }: ListPageProps) {
  const { isSegmented } = usePlace();
  const [opened, setOpened] = useState<OpenedKey>();
  const keys = useKeys();
  const first = useFirstKeys();
  const isPartial = keys.data === undefined && first !== undefined && keys.error === null;
  return (
    <Screen
      title="Keys"
      about="Keys of the organization. Words in square brackets in the name of a key set what it can see and change."
      action={
        <NeedsToAct permission="apikey.ctrl">
          <a className="button" href={addressOfKeys('revoked')}>
            Revoked keys
          </a>
          <a className="button primary" href={addressOfKeys('new')} onClick={onNew}>
            New key
          </a>
        </NeedsToAct>
      }
    >
      <Needs permission="apikey.ctrl" to="see and change keys" hides="keys">
        <Loaded query={isPartial ? { ...keys, data: first } : keys}>
          {(entries) => (
            <KeyList
              keys={entries}
              isPartial={isPartial}
              none={
                isSegmented
                  ? 'Your key has created no key.'
                  : 'There is no key yet. Create one for each program that calls the API.'
              }
              actions={(keyHash, entry) => (
                <KeyActions
                  entry={entry}
                  onOpen={(kind) => setOpened({ kind, key: { ...entry, keyHash } })}
                  onAgain={() => onAgain(entry)}
                />
              )}
            />
          )}
        </Loaded>
      </Needs>
      <KeyDialogs opened={opened} onClose={() => setOpened(undefined)} />
    </Screen>
  );
}

interface KeyActionsProps {
  readonly entry: KeyEntry;
  readonly onOpen: (kind: KeyAction) => void;
  readonly onAgain: () => void;
}

function KeyActions({ entry, onOpen, onAgain }: KeyActionsProps) {
  const { name, disabled } = entry;
  const isExpired = stateOf(entry, Date.now() / 1000) === 'expired';
  const turn = disabled ? ('enable' as const) : ('disable' as const);
  const revoke = { label: 'Revoke', onChoose: () => onOpen('revoke'), isGrave: true };
  const actions = [
    { label: 'Edit', onChoose: () => onOpen('edit') },
    { label: 'Rotate', onChoose: () => onOpen('rotate') },
    { label: disabled ? 'Enable' : 'Disable', onChoose: () => onOpen(turn) },
    revoke,
  ];
  return <ActionMenu of={name} actions={isExpired ? [{ label: 'Re-create', onChoose: onAgain }, revoke] : actions} />;
}
