import type { FlairgateClient } from '@flairgate/client';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePlace } from '../session/place.tsx';
import type { NamedKey } from './named-key.ts';

/** What is asked about before it is done to a key. */
export type ChangingKey = 'disable' | 'enable' | 'revoke';

interface Change {
  readonly confirm: string;
  readonly done: string;
  readonly text: string;
  readonly run: (client: FlairgateClient, oid: string, keyHash: string) => Promise<unknown>;
}

const CHANGES: Readonly<Record<ChangingKey, Change>> = {
  disable: {
    confirm: 'Disable',
    done: 'Disabled',
    text: 'Whoever uses it is refused until it is enabled again, and its tokens end. It keeps its name, and what it owns.',
    run: ({ organizationKeys }, oid, keyHash) => organizationKeys.disable(oid, keyHash),
  },
  enable: {
    confirm: 'Enable',
    done: 'Enabled',
    text: 'Whoever has it may use it again, with all that it was allowed.',
    run: ({ organizationKeys }, oid, keyHash) => organizationKeys.enable(oid, keyHash),
  },
  revoke: {
    confirm: 'Revoke',
    done: 'Revoked',
    text: 'Whoever uses it is refused from now on, and so is every token that was exchanged for it. This cannot be undone.',
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
  const { confirm, done, text, run } = CHANGES[kind];
  const change = useCommand({
    run: () => run(client, oid, keyHash),
    changes: [[oid, 'keys']],
    said: `${done} ${name}`,
    done: onClose,
  });
  return (
    <ConfirmDialog title={`${confirm} ${name}?`} confirm={confirm} command={change} onClose={onClose}>
      {text}
    </ConfirmDialog>
  );
}
