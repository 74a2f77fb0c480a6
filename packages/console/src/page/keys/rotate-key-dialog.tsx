import type { RotatedKeyAnswer } from '@flairgate/client';
import { useState } from 'react';
import { FormDialog } from '../parts/dialog.tsx';
import { SelectField } from '../parts/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePlace } from '../session/place.tsx';

import { liveSecrets } from './key-filter.ts';
import type { NamedKey } from './named-key.ts';

/** Choices for the overlap (time for which the old secret stays valid after a rotation), in seconds. */
const OVERLAPS = [
  ['0', 'Revoke it now'],
  ['3600', '1 hour'],
  ['86400', '1 day'],
  ['604800', '7 days'],
] as const;

interface RotateKeyDialogProps {
  readonly keyed: NamedKey;
  readonly onClose: () => void;
  readonly onRotated: (rotated: RotatedKeyAnswer) => void;
}

/**
 * Shows the dialog that rotates a key (replaces its secret). The user chooses the overlap: the time for which the old
 * secret stays valid.
 */
export function RotateKeyDialog({ keyed, onClose, onRotated }: RotateKeyDialogProps) {
  const { oid, client } = usePlace();
  const [overlap, setOverlap] = useState('3600');
  const rotate = useCommand({
    run: () => client.organizationKeys.rotate(oid, keyed.keyHash, { overlapSeconds: Number(overlap) }),
    changes: [[oid, 'keys']],
    said: `Rotated ${keyed.name}`,
    givesSecret: true,
    done: onRotated,
  });
  return (
    <FormDialog
      title={`Rotate ${keyed.name}`}
      description="The key gets a new secret. Its name, its id and what it owns stay the same."
      submit="Rotate"
      command={rotate}
      onClose={onClose}
    >
      <SelectField
        label="Keep the old secret for"
        value={overlap}
        onChange={setOverlap}
        options={OVERLAPS}
        hint="Tokens exchanged for the old secret are revoked now in any case."
      />
      {liveSecrets(keyed.secrets, Date.now() / 1000).length > 1 && (
        <p className="notice">
          The key is being rotated already. A key has at most two secrets, so the oldest one stops working now.
        </p>
      )}
    </FormDialog>
  );
}
