import type { ApiUserEntry, FlairgateClient } from '@flairgate/client';
import { useState } from 'react';
import { NameField } from '../key-names/name-field.tsx';
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePlace } from '../session/place.tsx';

interface ApiUserDialogProps {
  readonly user: ApiUserEntry;
  readonly onClose: () => void;
}

export function NewApiUserDialog({ onClose }: { readonly onClose: () => void }) {
  const { oid, client } = usePlace();
  const [name, setName] = useState('');
  const make = useCommand({
    run: () => client.apiUsers.create(oid, { name }),
    changes: [[oid, 'api-users']],
    said: `Created ${name}`,
    done: onClose,
  });
  return (
    <FormDialog
      title="New API user"
      description="Add it to the groups it needs and no others, grant them permissions with a policy, then create its key."
      submit="Create user"
      command={make}
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} required />
    </FormDialog>
  );
}

/** The name and the secret of a new key. */
export interface MadeKey {
  readonly name: string;
  readonly secret: string;
}

interface NewApiUserKeyDialogProps extends ApiUserDialogProps {
  readonly onMade: (made: MadeKey) => void;
}

export function NewApiUserKeyDialog({ user: { uid, name, key_hash: old }, onClose, onMade }: NewApiUserKeyDialogProps) {
  const { oid, client } = usePlace();
  const [keyName, setKeyName] = useState(name);
  const make = useCommand({
    run: () => client.apiUsers.replaceKey(oid, uid, { name: keyName }),
    changes: [[oid, 'api-users']],
    said: `Created the key of ${name}`,
    givesSecret: true,
    done: ({ api_key: secret }) => onMade({ name: keyName, secret }),
  });
  return (
    <FormDialog
      title={`Key of ${name}`}
      description={old === null ? 'Its only key.' : 'It replaces the old key, which is revoked immediately.'}
      submit={old === null ? 'Create key' : 'Replace key'}
      command={make}
      onClose={onClose}
    >
      <NameField label="Name of the key" value={keyName} onChange={setKeyName} />
    </FormDialog>
  );
}

/** Actions on an API user that require confirmation. */
export type Changing = 'revoke' | 'activate' | 'deactivate' | 'delete';

interface ApiUserChange {
  readonly confirm: string;
  readonly text: string;
  readonly run: (client: FlairgateClient, oid: string, user: ApiUserEntry) => Promise<unknown>;
}

const API_USER_CHANGES: Readonly<Record<Changing, ApiUserChange>> = {
  revoke: {
    confirm: 'Revoke key',
    text: 'The program is refused until it gets a new key.',
    run: ({ apiUsers }, oid, { uid, etag }) => apiUsers.revokeKey(oid, uid, { etag }),
  },
  activate: {
    confirm: 'Activate',
    text: 'It may have a key again. The one it had stays revoked.',
    run: ({ apiUsers }, oid, { uid, etag }) => apiUsers.activate(oid, uid, { etag }),
  },
  deactivate: {
    confirm: 'Deactivate',
    text: 'Its key is revoked immediately. It cannot have a new key until it is activated.',
    run: ({ apiUsers }, oid, { uid, etag }) => apiUsers.deactivate(oid, uid, { etag }),
  },
  delete: {
    confirm: 'Delete',
    text: 'The user and its key are gone. This cannot be undone.',
    run: ({ apiUsers }, oid, { uid, etag }) => apiUsers.delete(oid, uid, { etag }),
  },
};

export function ChangeDialog({ kind, user, onClose }: ApiUserDialogProps & { readonly kind: Changing }) {
  const { oid, client } = usePlace();
  const { name } = user;
  const { confirm, text, run } = API_USER_CHANGES[kind];
  const change = useCommand({
    run: () => run(client, oid, user),
    changes: [[oid, 'api-users']],
    said: `${confirm}: ${name}`,
    done: onClose,
  });
  return (
    <ConfirmDialog title={`${confirm}: ${name}?`} confirm={confirm} command={change} onClose={onClose}>
      {text}
    </ConfirmDialog>
  );
}
