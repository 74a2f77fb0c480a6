import type { NamedKey } from '../keys/named-key.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePlace } from '../session/place.tsx';
import type { UsedPermissions } from './used-permissions.ts';

interface NarrowKeyDialogProps {
  readonly keyed: NamedKey;
  readonly split: UsedPermissions;
  readonly days: number;
  readonly onClose: () => void;
}

/**
 * Shows a dialog that removes from a key the permissions that it did not use, after the user has confirmed this. The
 * change is saved only if the key has not changed since the page was read.
 */
export function NarrowKeyDialog({ keyed, split: { used, unused }, days, onClose }: NarrowKeyDialogProps) {
  const { oid, client } = usePlace();
  const { keyHash, name, etag } = keyed;
  const narrow = useCommand({
    run: () => client.organizationKeys.update(oid, keyHash, { permissions: used }, { etag }),
    changes: [[oid, 'keys']],
    said: `Removed ${unused.length} permissions of ${name}`,
    done: onClose,
  });
  return (
    <ConfirmDialog
      title={`Remove ${unused.length} permissions of ${name}?`}
      confirm="Remove"
      command={narrow}
      onClose={onClose}
    >
      <p>The key did not use these in {days} days, and loses them:</p>
      <Names names={unused} label="Permissions that are removed" />
      <p>It keeps these:</p>
      <Names names={used} label="Permissions that stay" />
      <p>
        Permissions cannot be given back to this key. Counted are permissions that routes asked for: what a program does
        more rarely, or decides by itself from its token, is not among them. Tokens of the key are revoked.
      </p>
    </ConfirmDialog>
  );
}

function Names({ names, label }: { readonly names: readonly string[]; readonly label: string }) {
  return (
    <ul className="names long" aria-label={label}>
      {names.map((name) => (
        <li key={name}>
          <code>{name}</code>
        </li>
      ))}
    </ul>
  );
}
