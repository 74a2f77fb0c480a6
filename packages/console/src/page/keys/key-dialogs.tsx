import { useState } from 'react';
import { SecretDialog } from '../parts/secret-dialog.tsx';
import { ExactTime } from '../parts/time.tsx';
import { ChangeKeyDialog, type ChangingKey } from './change-key-dialog.tsx';
import { EditKeyDialog } from './edit-key-dialog.tsx';
import type { NamedKey } from './named-key.ts';
import { RotateKeyDialog } from './rotate-key-dialog.tsx';

/** Actions on a key that open a dialog. */
export type KeyAction = 'edit' | 'rotate' | ChangingKey;

/** The action whose dialog is open, and the key that it applies to. */
export interface OpenedKey {
  readonly kind: KeyAction;
  readonly key: NamedKey;
}

/** The new secret of a rotated key, and the time at which the old secret expires. */
interface Shown {
  readonly secret: string;
  readonly name: string;
  readonly oldEnds: number;
}

interface KeyDialogsProps {
  readonly opened: OpenedKey | undefined;
  readonly onClose: () => void;
}

/** Shows the dialog for an action on a key. After a rotation, shows the new secret. */
export function KeyDialogs({ opened, onClose }: KeyDialogsProps) {
  const [shown, setShown] = useState<Shown>();
  return (
    <>
      {opened?.kind === 'edit' && <EditKeyDialog keyed={opened.key} onClose={onClose} />}
      {opened?.kind === 'rotate' && (
        <RotateKeyDialog
          keyed={opened.key}
          onClose={onClose}
          onRotated={({ api_key: secret, old_ends: oldEnds }) => {
            setShown({ secret, oldEnds, name: opened.key.name });
            onClose();
          }}
        />
      )}
      {opened !== undefined && opened.kind !== 'edit' && opened.kind !== 'rotate' && (
        <ChangeKeyDialog kind={opened.kind} keyed={opened.key} onClose={onClose} />
      )}
      {shown !== undefined && (
        <SecretDialog name={shown.name} secret={shown.secret} isKey onClose={() => setShown(undefined)}>
          <p className="quiet">
            The old secret expires at <ExactTime at={shown.oldEnds} />.
          </p>
        </SecretDialog>
      )}
    </>
  );
}
