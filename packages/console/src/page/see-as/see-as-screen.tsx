import type { ExplainAnswer, ExplainedAction } from '@flairgate/client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useKeyNames } from '../audit/use-key-names.ts';
import { KeyName } from '../key-names/flairs.tsx';
import { Problem } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { SelectField, TextField } from '../parts/text-field.tsx';
import { PermissionList } from '../permissions/permission-list.tsx';
import { Needs } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';

/** Explains how much of a resource a key may see or change, and why. */
export function SeeAsScreen() {
  return (
    <Screen
      title="See as"
      about="What one key may do with one resource, and why: read from the database as it is now, and recorded in the audit."
    >
      <Needs permission="audit.get" to="see what a key sees" hides="keys and resources">
        <SeeAs />
      </Needs>
    </Screen>
  );
}

function SeeAs() {
  const { oid, client } = usePlace();
  const names = useKeyNames();
  const [chosen, setChosen] = useState('');
  const [typed, setTyped] = useState('');
  const [type, setType] = useState('');
  const [id, setId] = useState('');
  const key = (chosen === '' ? typed : chosen).trim();
  const explain = useMutation({
    mutationFn: () => client.explain(oid, { ...subjectOf(key), type: type.trim(), id }),
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    explain.mutate();
  }
  return (
    <>
      <form className="filters" onSubmit={submit}>
        {names.size > 0 && (
          <SelectField
            label="Key"
            value={chosen}
            onChange={setChosen}
            options={[['', 'Another, by its id'], ...names]}
          />
        )}
        {chosen === '' && (
          <TextField label="Public id of a key, or id of a user" value={typed} onChange={setTyped} required mono />
        )}
        <TextField label="Type of the resource" value={type} onChange={setType} required mono />
        <TextField label="Id of the resource" value={id} onChange={setId} required mono />
        <div className="buttons start">
          <button type="submit" className="button primary" disabled={explain.isPending}>
            Explain
          </button>
        </div>
      </form>
      {explain.error !== null && <Problem error={explain.error} />}
      {explain.data !== undefined && <Explanation answer={explain.data} />}
    </>
  );
}

function subjectOf(key: string): { readonly keyHash: string } | { readonly uid: string } {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key) ? { uid: key } : { keyHash: key };
}

const STATES: Readonly<Record<ExplainAnswer['key']['state'], string>> = {
  active: 'The key is valid.',
  revoked: 'The key is revoked: every request of it is refused.',
  disabled: 'The key is disabled: every request of it is refused.',
  expired: 'The key has expired: every request of it is refused.',
  orphaned: 'Nothing is left of the identity of the key: every request of it is refused.',
  deactivated: 'The user is deactivated: every request of the key is refused.',
  suspended: 'Every key is suspended since a restore.',
  'without-key': 'The user has no API-user key.',
};

function Explanation({ answer: { key, resource, decisions } }: { readonly answer: ExplainAnswer }) {
  const { ident, state, permissions } = key;
  const { type, id, createdBy, lockedBy, secret } = resource;
  const nameOf = (named: typeof createdBy) => (named === null ? 'nobody' : (named.name ?? named.identity));
  return (
    <section className="card" aria-label="Explanation">
      <h2>
        <KeyName name={ident} />
      </h2>
      <p>{STATES[state]}</p>
      <div>
        <PermissionList names={permissions} />
      </div>
      <p>
        <code>{type}</code> <code>{id}</code> was created by <bdi>{nameOf(createdBy)}</bdi>, is locked by{' '}
        <bdi>{nameOf(lockedBy)}</bdi>, and its content is {secret ? 'secret to one key' : 'secret to nobody'}.
      </p>
      <ul className="rows">
        {decisions.map((decision) => (
          <Decision key={decision.action} decision={decision} />
        ))}
      </ul>
    </section>
  );
}

const ACTIONS: Readonly<Record<ExplainedAction['action'], readonly [may: string, mayNot: string]>> = {
  know: ['It sees that the resource exists', 'To it the resource does not exist'],
  read: ['It reads the content', 'The content is blank to it'],
  update: ['It may change the resource', 'It may not change the resource'],
  delete: ['It may delete the resource', 'It may not delete the resource'],
};

function Decision({ decision: { action, allowed, because, changes } }: { readonly decision: ExplainedAction }) {
  return (
    <li className="row">
      <div>
        <strong className={allowed ? 'state on' : 'state off'}>{ACTIONS[action][allowed ? 0 : 1]}</strong>
        <small>Because {because}.</small>
        {changes.length > 0 && <small>Would differ with: {changes.join('; ')}.</small>}
      </div>
    </li>
  );
}
