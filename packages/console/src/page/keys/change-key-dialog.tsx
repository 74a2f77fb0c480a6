import type { FlairgateClient } from '@flairgate/client';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePlace } from '../session/place.tsx';
import type { NamedKey } from './named-key.ts';

/** Actions on a key that require confirmation. */
export type ChangingKey = 'disable' | 'enable' | 'revoke';

interface KeyAction {
  readonly confirm: string;
  readonly done: string;
  readonly text: string;
  readonly run: (client: FlairgateClient, oid: string, keyHash: string) => Promise<unknown>;
}

const KEY_CHANGES: Readonly<Record<ChangingKey, KeyAction>> = {
  disable: {
    confirm: 'Disable',
    done: 'Disabled',
    text: 'The key and its tokens are refused until it is enabled again. It keeps its name and what it owns.',
    run: ({ organizationKeys }, oid, keyHash) => organizationKeys.disable(oid, keyHash),
  },
  enable: {
    confirm: 'Enable',
    done: 'Enabled',
    text: 'The key can be used again with all its permissions.',
    run: ({ organizationKeys }, oid, keyHash) => organizationKeys.enable(oid, keyHash),
  },
  revoke: {
    confirm: 'Revoke',
    done: 'Revoked',
    text: 'The key and every token exchanged for it are refused from now on. This cannot be undone.',
    run: ({ organizationKeys }, oid, keyHash) => organizationKeys.revoke(oid, keyHash),
  },
};

interface ChangeKeyDialogProps {
  readonly kind: ChangingKey;
  readonly keyed: NamedKey;
  readonly onClose: () => void;
}

export function ChangeKeyDialog({ kind, keyed: { name, keyHash }, onClose }: ChangeKeyDialogProps) {
  const { oid, client } = usePlace();
  const { confirm, done, text, run } = KEY_CHANGES[kind];
  const change = useCommand({
    run: () => run(client, oid, keyHash),
    changes: [[oid, 'keys']],
    said: `${done} ${name}`,
    done: onClose,
  });
  return (
    <ConfirmDialog
      title={`${confirm} ${name}?`}
      confirm={confirm}
      command={change}
      onClose={onClose}
      {...(kind === 'revoke' ? { name } : {})}
    >
      {text}
    </ConfirmDialog>
  );
}
