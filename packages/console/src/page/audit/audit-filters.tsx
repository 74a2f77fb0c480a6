import type { AuditFilter } from '@flairgate/client';
import { type FormEvent, useState } from 'react';
import { SelectField, TextField } from '../parts/text-field.tsx';

const OUTCOMES = [
  ['', 'Any outcome'],
  ['done', 'Done'],
  ['refused', 'Refused'],
  ['not-done', 'Announced and not done'],
] as const;

const NONE = { action: '', outcome: '', keyHash: '', actor: '', from: '', to: '' };

/**
 * Shows the audit filters. They apply only when the form is submitted, so that no request is sent for partly typed
 * input.
 */
export function AuditFilters({ onChange }: { readonly onChange: (filter: AuditFilter) => void }) {
  const [typed, setTyped] = useState(NONE);
  const set = (name: keyof typeof NONE) => (value: string) => setTyped((before) => ({ ...before, [name]: value }));
  function submit(event: FormEvent) {
    event.preventDefault();
    onChange(toFilter(typed));
  }
  return (
    <form className="filters" onSubmit={submit} aria-label="Filters">
      <TextField label="Action" value={typed.action} onChange={set('action')} mono />
      <SelectField label="Outcome" value={typed.outcome} onChange={set('outcome')} options={OUTCOMES} />
      <TextField label="Key, by its public id" value={typed.keyHash} onChange={set('keyHash')} mono />
      <TextField label="Actor, by its identity" value={typed.actor} onChange={set('actor')} mono />
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

function toFilter({ from, to, ...texts }: typeof NONE): AuditFilter {
  const given = Object.entries(texts)
    .map(([name, text]) => [name, text.trim()] as const)
    .filter(([, text]) => text !== '');
  return {
    ...Object.fromEntries(given),
    ...(from === '' ? {} : { from: secondsOf(`${from}T00:00:00`) }),
    ...(to === '' ? {} : { to: secondsOf(`${to}T23:59:59`) }),
  };
}

/** Converts a local time to Unix seconds. */
function secondsOf(local: string): number {
  return Math.floor(new Date(local).getTime() / 1000);
}
