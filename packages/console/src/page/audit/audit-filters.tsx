import type { AuditFilter } from '@flairgate/client';
import { type FormEvent, useState } from 'react';
import { SelectField, TextField } from '../parts/text-field.tsx';
import { ACTIONS } from './sentence-of.ts';
import { useAudit } from './use-audit.ts';
import { useKeyNames } from './use-key-names.ts';

const OUTCOMES = [
  ['', 'Any outcome'],
  ['done', 'Done'],
  ['refused', 'Refused'],
  ['not-done', 'Announced and not done'],
] as const;

/** Value of a select box for the choice of typing an id instead of selecting a listed one. */
const TYPED = 'typed';

const NONE = { action: '', outcome: '', key: '', keyHash: '', who: '', actor: '', from: '', to: '' };

/**
 * Shows the audit filters. The filters apply only when the user submits the form, so that no request is sent for partly
 * typed input.
 */
export function AuditFilters({ onChange }: { readonly onChange: (filter: AuditFilter) => void }) {
  const [typed, setTyped] = useState(NONE);
  const keys = useKeyNames();
  const actors = useActors();
  const set = (name: keyof typeof NONE) => (value: string) => setTyped((before) => ({ ...before, [name]: value }));
  function submit(event: FormEvent) {
    event.preventDefault();
    onChange(toFilter(typed));
  }
  return (
    <form className="filters" onSubmit={submit} aria-label="Filters">
      <SelectField
        label="Action"
        value={typed.action}
        onChange={set('action')}
        options={[['', 'Any action'], ...ACTIONS]}
      />
      <SelectField label="Outcome" value={typed.outcome} onChange={set('outcome')} options={OUTCOMES} />
      <SelectField
        label="Key"
        value={typed.key}
        onChange={set('key')}
        options={[['', 'Any key'], [TYPED, 'Another, by its id'], ...keys]}
      />
      {typed.key === TYPED && (
        <TextField label="Public id of a key" value={typed.keyHash} onChange={set('keyHash')} required mono />
      )}
      <SelectField
        label="Actor"
        value={typed.who}
        onChange={set('who')}
        options={[['', 'Any actor'], ['-', 'Not over HTTP'], [TYPED, 'Another, by its identity'], ...actors]}
      />
      {typed.who === TYPED && (
        <TextField label="Identity of an actor" value={typed.actor} onChange={set('actor')} required mono />
      )}
      <TextField label="From day" value={typed.from} onChange={set('from')} type="date" />
      <TextField label="To day" value={typed.to} onChange={set('to')} type="date" />
      <div className="buttons start">
        <button type="submit" className="button">
          Filter
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            setTyped(NONE);
            onChange({});
          }}
        >
          Clear
        </button>
      </div>
    </form>
  );
}

/** Returns the actors of the newest audit entries, as pairs of identity and name. The pairs are sorted by name. */
function useActors(): readonly (readonly [identity: string, name: string])[] {
  const newest = useAudit({});
  const actors = new Map<string, string>();
  for (const { events } of newest.data?.pages ?? []) {
    for (const { actor, ident } of events) if (actor !== null) actors.set(actor, ident);
  }
  return [...actors].sort(([, a], [, b]) => a.localeCompare(b));
}

function toFilter({ from, to, key, keyHash, who, actor, action, outcome }: typeof NONE): AuditFilter {
  const texts = {
    action,
    outcome,
    keyHash: (key === TYPED ? keyHash : key).trim(),
    actor: (who === TYPED ? actor : who).trim(),
  };
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')),
    ...(from === '' ? {} : { from: secondsOf(`${from}T00:00:00`) }),
    ...(to === '' ? {} : { to: secondsOf(`${to}T23:59:59`) }),
  };
}

/** Converts a time in the browser's time zone to Unix seconds. */
function secondsOf(local: string): number {
  return Math.floor(new Date(local).getTime() / 1000);
}
