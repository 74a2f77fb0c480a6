import { useState } from 'react';
import { NameField } from '../key-names/name-field.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { issueOf } from '../parts/issue-of.ts';
import { TextField } from '../parts/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';
import { PermissionPicker } from '../permissions/permission-picker.tsx';
import { usePlace } from '../session/place.tsx';

/**
 * Shows the dialog that creates a federation (a workload that signs in with the token of another issuer). Unlike a new
 * key, a new federation has no secret to show.
 */
export function NewFederation({ onClose }: { readonly onClose: () => void }) {
  const { oid, client } = usePlace();
  const [name, setName] = useState('');
  const [issuer, setIssuer] = useState('');
  const [audience, setAudience] = useState('');
  const [match, setMatch] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const create = useCommand({
    run: () =>
      client.federations.create(oid, {
        name,
        issuer: issuer.trim(),
        audience: audience.trim(),
        match: toMatch(match),
        permissions: [...chosen],
      }),
    changes: [[oid, 'federations']],
    said: `Created ${name}`,
    done: onClose,
  });
  return (
    <FormDialog
      title="New federation"
      description="The operator of the service decides which issuers can be named."
      submit="Create federation"
      command={create}
      onClose={onClose}
    >
      <NameField value={name} onChange={setName} refused={issueOf(create.error, 'name')} />
      <TextField
        label="Issuer"
        value={issuer}
        onChange={setIssuer}
        hint="https://token.actions.githubusercontent.com"
        problem={issueOf(create.error, 'issuer')}
        required
        mono
      />
      <TextField
        label="Audience"
        value={audience}
        onChange={setAudience}
        problem={issueOf(create.error, 'audience')}
        required
        mono
      />
      <TextField
        label="Claims that its tokens must have"
        value={match}
        onChange={setMatch}
        hint="repository_id=74, ref=refs/heads/main"
        problem={issueOf(create.error, 'match')}
        required
        mono
      />
      <PermissionPicker chosen={chosen} onChange={setChosen} problem={issueOf(create.error, 'perms')} />
    </FormDialog>
  );
}

/** Parses `claim=value` pairs that are separated by commas. */
function toMatch(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [claim = '', ...value] = pair.split('=');
      return [claim.trim(), value.join('=').trim()] as const;
    });
  return Object.fromEntries(pairs);
}
