import type { Member } from '@flairgate/client';
import { useState } from 'react';
import { FormDialog } from '../parts/dialog.tsx';
import { SelectField, TextField } from '../parts/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';
import { PermissionPicker } from '../permissions/permission-picker.tsx';
import { useCatalogue } from '../permissions/use-catalogue.ts';
import { usePlace } from '../session/place.tsx';
import { roleOf } from './role-of.ts';

interface UserDialogProps {
  readonly user: Member;
  readonly onClose: () => void;
}

/** Description of each role that the service offers. */
const ROLES: Readonly<Record<string, string>> = {
  Owner: 'everything',
  Administrator: 'everything but billing and deleting the organization',
  Operator: 'daily work, without managing users or keys',
  Viewer: 'read access to everything but secrets',
  Basic: 'the least that is useful',
};

export function InviteDialog({ onClose }: { readonly onClose: () => void }) {
  const { oid, client } = usePlace();
  const [email, setEmail] = useState('');
  const invite = useCommand({
    run: () => client.users.invite(oid, email.trim()),
    changes: [[oid, 'users']],
    said: `Invited ${email.trim()}`,
    done: onClose,
  });
  return (
    <FormDialog
      title="Invite a user"
      description="They receive an invitation. It gives no access until they accept it and you assign a role or permissions."
      submit="Invite"
      command={invite}
      onClose={onClose}
    >
      <TextField label="E-mail address" value={email} onChange={setEmail} type="email" required />
    </FormDialog>
  );
}

export function RoleDialog({ user, onClose }: UserDialogProps) {
  const { email, etag } = user;
  const { oid, client } = usePlace();
  const { data: catalogue } = useCatalogue();
  const present = roleOf(user, catalogue?.roles ?? []);
  const [chosen, setRole] = useState<string>();
  const role = chosen ?? present ?? '';
  const give = useCommand({
    run: () => client.users.setRole(oid, email, role, { etag }),
    changes: [[oid, 'users']],
    said: `${email} is now ${role}`,
    done: onClose,
  });
  return (
    <FormDialog
      title={`Role of ${email}`}
      description="The role replaces all permissions they were granted here."
      submit="Set role"
      command={give}
      onClose={onClose}
      incomplete={role === '' || role === present}
    >
      <SelectField
        label="Role"
        value={role}
        onChange={setRole}
        options={[
          ...(present === undefined ? [['', 'None of these: permissions of their own'] as const] : []),
          ...Object.entries(ROLES).map(([name, meaning]) => [name, labelOf(name, meaning, present)] as const),
        ]}
      />
    </FormDialog>
  );
}

function labelOf(name: string, meaning: string, present: string | undefined): string {
  return `${name}${name === present ? ' (now)' : ''}: ${meaning}`;
}

/**
 * Shows the dialog that changes a user's permissions. On submit, the selected permissions are granted and all others
 * are revoked.
 */
export function PermissionsDialog({ user: { email, permissions, etag }, onClose }: UserDialogProps) {
  const { oid, client } = usePlace();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(permissions));
  const added = [...chosen].filter((name) => !permissions.includes(name));
  const taken = permissions.filter((name) => !chosen.has(name));
  const change = useCommand({
    async run() {
      const left = taken.length === 0 ? { etag } : await client.users.take(oid, email, taken, { etag });
      if (added.length > 0) await client.users.grant(oid, email, added, { etag: left.etag });
    },
    changes: [[oid, 'users']],
    said: `Changed the permissions of ${email}`,
    done: onClose,
  });
  return (
    <FormDialog
      title={`Permissions of ${email}`}
      submit={`Grant ${added.length}, revoke ${taken.length}`}
      command={change}
      onClose={onClose}
      incomplete={added.length + taken.length === 0}
    >
      <PermissionPicker chosen={chosen} onChange={setChosen} />
    </FormDialog>
  );
}
