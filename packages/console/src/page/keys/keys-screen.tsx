import type { KeyEntry } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Loaded, Needs } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { SecretDialog } from '../parts/secret-dialog.tsx';
import { ExactTime } from '../parts/time.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePlace } from '../session/place.tsx';
import { KeyTable } from './key-table.tsx';
import { NewKeyDialog } from './new-key-dialog.tsx';
import { RotateKeyDialog } from './rotate-key-dialog.tsx';

/** A key in a list, with the id it is named by. */
export interface NamedKey extends KeyEntry {
  readonly keyHash: string;
}

/** A secret to be shown, and when the one before it ends. */
interface Shown {
  readonly secret: string;
  readonly oldEnds?: number;
}

type Opened = { readonly kind: 'new' } | { readonly kind: 'rotate' | 'revoke'; readonly key: NamedKey };

/** The keys of the organization. */
export function KeysScreen() {
  const { oid, client } = usePlace();
  const [opened, setOpened] = useState<Opened>();
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
      about="Keys of the organization. Words in square brackets in a key's name say what it may see and change."
      action={
        <button type="button" className="button primary" onClick={() => setOpened({ kind: 'new' })}>
          New key
        </button>
      }
    >
      <Needs permission="apikey.ctrl" to="see and change keys">
        <Loaded query={keys}>
          {(entries) => (
            <KeyTable
              keys={entries}
              none="There is no key yet."
              actions={(keyHash, entry) => (
                <KeyActions entry={entry} onOpen={(kind) => setOpened({ kind, key: { ...entry, keyHash } })} />
              )}
            />
          )}
        </Loaded>
      </Needs>
      {opened?.kind === 'new' && <NewKeyDialog onClose={close} onMade={({ api_key: secret }) => show({ secret })} />}
      {opened?.kind === 'rotate' && (
        <RotateKeyDialog
          keyed={opened.key}
          onClose={close}
          onRotated={({ api_key: secret, old_ends: oldEnds }) => show({ secret, oldEnds })}
        />
      )}
      {opened?.kind === 'revoke' && <RevokeDialog keyed={opened.key} onClose={close} />}
      {shown !== undefined && (
        <SecretDialog title="Your new key" secret={shown.secret} onClose={() => setShown(undefined)}>
          {shown.oldEnds !== undefined && (
            <p className="quiet">
              The old secret ends at <ExactTime at={shown.oldEnds} />.
            </p>
          )}
        </SecretDialog>
      )}
    </Screen>
  );
}

interface KeyActionsProps {
  readonly entry: KeyEntry;
  readonly onOpen: (kind: 'rotate' | 'revoke') => void;
}

function KeyActions({ entry: { name }, onOpen }: KeyActionsProps) {
  return (
    <>
      <button type="button" className="button small" aria-label={`Rotate ${name}`} onClick={() => onOpen('rotate')}>
        Rotate
      </button>
      <button
        type="button"
        className="button small danger-text"
        aria-label={`Revoke ${name}`}
        onClick={() => onOpen('revoke')}
      >
        Revoke
      </button>
    </>
  );
}

function RevokeDialog({ keyed, onClose }: { readonly keyed: NamedKey; readonly onClose: () => void }) {
  const { oid, client } = usePlace();
  const revoke = useCommand({
    run: () => client.organizationKeys.revoke(oid, keyed.keyHash),
    changes: [[oid, 'keys']],
    said: `Revoked ${keyed.name}`,
    done: onClose,
  });
  return (
    <ConfirmDialog
      title={`Revoke ${keyed.name}?`}
      confirm="Revoke"
      onConfirm={() => revoke.mutate(undefined)}
      onClose={onClose}
      busy={revoke.isPending}
      error={revoke.error}
    >
      Whoever uses it is refused from now on, and so is every token that was exchanged for it. This cannot be undone.
    </ConfirmDialog>
  );
}
