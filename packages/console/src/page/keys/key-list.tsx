import { FLAIRS, type KeyEntries, type KeyEntry } from '@flairgate/client';
import { type ReactNode, useDeferredValue, useState } from 'react';
import { Pages } from '../parts/pages.tsx';
import { Empty } from '../parts/problem.tsx';
import { SelectField, TextField } from '../parts/text-field.tsx';
import { EVERY_KEY, filterKeys, type KeyFilter } from './key-filter.ts';
import { KeyTable } from './key-table.tsx';

/** Number of rows per page. More rows would slow down typing in the search field. */
const KEYS_PER_PAGE = 50;

interface KeyListProps {
  readonly keys: KeyEntries;
  /** True if `keys` contains only the newest keys, while older keys are still being read. @default false */
  readonly isPartial?: boolean;
  readonly none: string;
  readonly actions: (keyHash: string, key: KeyEntry) => ReactNode;
}

/** Shows a key list with search, filters, sorting and pages. */
export function KeyList({ keys, isPartial = false, none, actions }: KeyListProps) {
  const [filter, setFilter] = useState(EVERY_KEY);
  const [offset, setOffset] = useState(0);
  const rows = filterKeys(keys, useDeferredValue(filter), Date.now() / 1000);
  const start = offset < rows.length ? offset : 0;
  function change(part: Partial<KeyFilter>) {
    setFilter((before) => ({ ...before, ...part }));
    setOffset(0);
  }
  if (Object.keys(keys).length === 0) return <Empty>{none}</Empty>;
  return (
    <>
      <Filters filter={filter} onChange={change} />
      <p className="quiet" role="status">
        {isPartial
          ? `The ${Object.keys(keys).length} newest keys; reading the others`
          : `${rows.length} of ${Object.keys(keys).length} keys`}
      </p>
      {rows.length === 0 ? (
        <Empty>
          {isPartial ? 'None of the newest keys fits. The others are being read.' : 'No key fits. Change the filters.'}
        </Empty>
      ) : (
        <KeyTable rows={rows.slice(start, start + KEYS_PER_PAGE)} actions={actions} />
      )}
      {rows.length > KEYS_PER_PAGE && (
        <Pages offset={start} size={KEYS_PER_PAGE} total={rows.length} onTurn={setOffset} />
      )}
    </>
  );
}

const STATES = [
  ['', 'Any state'],
  ['active', 'Active'],
  ['rotating', 'Rotating'],
  ['disabled', 'Disabled'],
  ['expired', 'Expired'],
] as const;

const UNUSED = [
  ['', 'Any use'],
  ['30', 'Unused for 30 days'],
  ['90', 'Unused for 90 days'],
  ['never', 'Never used'],
] as const;

const EXPIRY = [
  ['', 'Any expiry'],
  ['7', 'Expires within 7 days'],
  ['30', 'Expires within 30 days'],
] as const;

const SORTS = [
  ['newest', 'Newest first'],
  ['name', 'By name'],
  ['used', 'Last used first'],
  ['expires', 'Next to expire first'],
] as const;

interface FiltersProps {
  readonly filter: KeyFilter;
  readonly onChange: (part: Partial<KeyFilter>) => void;
}

function Filters({ filter, onChange }: FiltersProps) {
  const flairs = [
    ['', 'Any flair'],
    ['none', 'No flair'],
    ...FLAIRS.map((flair) => [flair, `[${flair}]`] as const),
  ] as const;
  return (
    <search className="filters" aria-label="Filters">
      <TextField label="Find a key" value={filter.text} onChange={(text) => onChange({ text })} type="search" />
      <Choice label="State" name="state" options={STATES} filter={filter} onChange={onChange} />
      <Choice label="Flair" name="flair" options={flairs} filter={filter} onChange={onChange} />
      <Choice label="Use" name="unused" options={UNUSED} filter={filter} onChange={onChange} />
      <Choice label="Expiry" name="expires" options={EXPIRY} filter={filter} onChange={onChange} />
      <Choice label="Order" name="sort" options={SORTS} filter={filter} onChange={onChange} />
    </search>
  );
}

interface ChoiceProps<N extends keyof KeyFilter> extends FiltersProps {
  readonly label: string;
  readonly name: N;
  readonly options: readonly (readonly [value: KeyFilter[N], text: string])[];
}

function Choice<N extends keyof KeyFilter>({ label, name, options, filter, onChange }: ChoiceProps<N>) {
  const pick = (value: string) => {
    const chosen = options.find(([option]) => option === value);
    if (chosen !== undefined) onChange({ [name]: chosen[0] } as Partial<KeyFilter>);
  };
  return <SelectField label={label} value={filter[name]} onChange={pick} options={options} />;
}
