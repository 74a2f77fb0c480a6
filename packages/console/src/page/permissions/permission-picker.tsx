import type { PermissionEntry } from '@flairgate/client';
import { useState } from 'react';
import { Loaded } from '../parts/problem.tsx';
import { TextField } from '../parts/text-field.tsx';
import { usePlace } from '../session/place.tsx';
import { type Area, areasOf, presetsOf } from './areas.ts';
import { useCatalogue } from './use-catalogue.ts';

interface PermissionPickerProps {
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
  /** Reason for which the service refused the choice. */
  readonly problem?: string | undefined;
}

/** Shows the permissions by area to choose from. Permissions that the caller does not hold cannot be selected. */
export function PermissionPicker({ chosen, onChange, problem }: PermissionPickerProps) {
  const { permissions: held } = usePlace();
  const [filter, setFilter] = useState('');
  const catalogue = useCatalogue();
  return (
    <fieldset className="picker">
      <legend className="label">
        Permissions <span className="count">{chosen.size} chosen</span>
      </legend>
      {problem !== undefined && <p className="hint wrong">{problem}</p>}
      <Loaded query={catalogue}>
        {(all) => (
          <>
            <div className="presets">
              {presetsOf(all).map(([name, perms]) => (
                <button
                  key={name}
                  type="button"
                  className="button small"
                  aria-pressed={isSame(
                    chosen,
                    perms.filter((one) => held.has(one)),
                  )}
                  onClick={() => onChange(new Set(perms.filter((one) => held.has(one) || chosen.has(one))))}
                >
                  {name}
                </button>
              ))}
            </div>
            <TextField label="Find a permission" value={filter} onChange={setFilter} type="search" />
            <div className="areas">
              {areasOf(all.permissions.filter((entry) => matches(entry, filter))).map((area) => (
                <AreaBox
                  key={area.name}
                  area={area}
                  isOpen={filter !== ''}
                  chosen={chosen}
                  held={held}
                  onChange={onChange}
                />
              ))}
              {!all.permissions.some((entry) => matches(entry, filter)) && (
                <p className="empty" role="status">
                  No permission has this in its name or description.
                </p>
              )}
            </div>
          </>
        )}
      </Loaded>
    </fieldset>
  );
}

function isSame(chosen: ReadonlySet<string>, perms: readonly string[]): boolean {
  return chosen.size === perms.length && perms.every((one) => chosen.has(one));
}

function matches({ name, description }: PermissionEntry, filter: string): boolean {
  return `${name} ${description}`.toLowerCase().includes(filter.trim().toLowerCase());
}

interface AreaBoxProps extends PermissionPickerProps {
  readonly area: Area;
  readonly isOpen: boolean;
  readonly held: ReadonlySet<string>;
}

function AreaBox({ area: { name, entries }, isOpen, chosen, held, onChange }: AreaBoxProps) {
  const count = entries.filter((entry) => chosen.has(entry.name)).length;
  return (
    <details className="area" open={isOpen || undefined}>
      <summary>
        <code>{name}</code>
        <span className={count > 0 ? 'count some' : 'count'}>
          {count} of {entries.length}
        </span>
      </summary>
      {entries.map((entry) => (
        <PermissionBox
          key={entry.name}
          entry={entry}
          isChosen={chosen.has(entry.name)}
          isHeld={held.has(entry.name)}
          onChange={(isChosen) => {
            const next = new Set(chosen);
            if (isChosen) next.add(entry.name);
            else next.delete(entry.name);
            onChange(next);
          }}
        />
      ))}
    </details>
  );
}

interface PermissionBoxProps {
  readonly entry: PermissionEntry;
  readonly isChosen: boolean;
  readonly isHeld: boolean;
  readonly onChange: (isChosen: boolean) => void;
}

function PermissionBox({ entry, isChosen, isHeld, onChange }: PermissionBoxProps) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={isChosen}
        disabled={!isHeld && !isChosen}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>
        <code>{entry.name}</code>
        {entry.privileged && <span className="badge privileged">privileged</span>}
        {!isHeld && <span className="badge">you do not hold it</span>}
        <small>{entry.description}</small>
      </span>
    </label>
  );
}
