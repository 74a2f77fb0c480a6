import type { KeyChange } from '@flairgate/client';
import { useState } from 'react';
import { FormDialog } from '../parts/dialog.tsx';
import { issueOf } from '../parts/issue-of.ts';
import { TextField } from '../parts/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';
import { PermissionPicker } from '../permissions/permission-picker.tsx';
import { usePlace } from '../session/place.tsx';
import { KEPT_EXPIRY, secondsOfExpiry } from './expiry.ts';
import { ExpiryField } from './expiry-field.tsx';
import type { NamedKey } from './named-key.ts';
import { RangesField, rangesOf } from './ranges-field.tsx';

interface EditKeyDialogProps {
  readonly keyed: NamedKey;
  readonly onClose: () => void;
}

/**
 * Shows the dialog that edits a key. The user cannot change the name, because it identifies the key. The user can
 * remove permissions, but not add any. The edit is saved only if the key has not changed since the dialog was opened.
 */
export function EditKeyDialog({ keyed, onClose }: EditKeyDialogProps) {
  const { oid, client } = usePlace();
  const { keyHash, name, etag, priv } = keyed;
  const [description, setDescription] = useState(keyed.description ?? '');
  const [ranges, setRanges] = useState(keyed.allowed_ip_range);
  const [expiry, setExpiry] = useState(KEPT_EXPIRY);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(priv));
  const change: KeyChange = {
    ...(description === (keyed.description ?? '') ? {} : { description }),
    ...(rangesOf(ranges).join() === keyed.allowed_ip_range ? {} : { ranges: rangesOf(ranges) }),
    ...(chosen.size === priv.length ? {} : { permissions: [...chosen] }),
    ...expiryChange(secondsOfExpiry(expiry, Date.now() / 1000)),
  };
  const endsTokens = Object.keys(change).some((member) => member !== 'description');
  const save = useCommand({
    run: () => client.organizationKeys.update(oid, keyHash, change, { etag }),
    changes: [[oid, 'keys']],
    said: `Changed ${name}`,
    done: onClose,
  });
  return (
    <FormDialog
      title={`Edit ${name}`}
      description="Its name and flairs stay, since they are what it owns things by. Permissions can be taken away, not added: for more, create another key."
      submit="Save"
      command={save}
      onClose={onClose}
      incomplete={Object.keys(change).length === 0}
    >
      <TextField
        label="Description"
        value={description}
        onChange={setDescription}
        problem={issueOf(save.error, 'description')}
      />
      <ExpiryField value={expiry} onChange={setExpiry} canKeep problem={issueOf(save.error, 'expires')} />
      <RangesField value={ranges} onChange={setRanges} problem={issueOf(save.error, 'allowed_ip_range')} />
      <PermissionPicker chosen={chosen} onChange={setChosen} within={priv} problem={issueOf(save.error, 'perms')} />
      {endsTokens && <p className="notice">Tokens that were exchanged for the key are revoked when you save.</p>}
    </FormDialog>
  );
}

function expiryChange(expires: number | null | undefined): Pick<KeyChange, 'expires'> {
  return expires === undefined ? {} : { expires };
}
