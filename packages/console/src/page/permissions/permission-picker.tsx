import type { CatalogueAnswer, PermissionEntry } from '@flairgate/client';
import { useState } from 'react';
import { Loaded } from '../parts/problem.tsx';
import { TextField } from '../parts/text-field.tsx';
import { usePlace } from '../session/place.tsx';
import { type Area, areasOf, isGrave, isReading, presetsOf } from './areas.ts';
import { useCatalogue } from './use-catalogue.ts';

interface PermissionPickerProps {
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
  /**
   * Names of the permissions to choose from. If absent, the user can choose from all permissions, and presets are
   * shown.
   */
  readonly within?: readonly string[];
  /** Reason why the service refused the selected permissions. */
  readonly problem?: string | undefined;
}

/**
 * Shows checkboxes for permissions, grouped by area (the first word of a name). If `within` is absent, the caller can
 * select only permissions that the caller holds.
 */
export function PermissionPicker({ chosen, onChange, within, problem }: PermissionPickerProps) {
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
            {within === undefined && <Presets catalogue={all} chosen={chosen} held={held} onChange={onChange} />}
            <TextField label="Find a permission" value={filter} onChange={setFilter} type="search" />
            <Areas
              entries={all.permissions.filter(({ name }) => within === undefined || within.includes(name))}
              filter={filter}
              chosen={chosen}
              held={within === undefined ? held : new Set(within)}
              onChange={onChange}
            />
          </>
        )}
      </Loaded>
    </fieldset>
  );
}

interface PresetsProps {
  readonly catalogue: CatalogueAnswer;
  readonly chosen: ReadonlySet<string>;
  readonly held: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}

function Presets({ catalogue, chosen, held, onChange }: PresetsProps) {
  return (
    <div className="presets">
      {presetsOf(catalogue).map(([name, perms]) => (
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
  );
}

function isSame(chosen: ReadonlySet<string>, perms: readonly string[]): boolean {
  return chosen.size === perms.length && perms.every((one) => chosen.has(one));
}

interface AreasProps {
  readonly entries: readonly PermissionEntry[];
  readonly filter: string;
  readonly chosen: ReadonlySet<string>;
  /** Names of the permissions that can be selected. */
  readonly held: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}

function Areas({ entries, filter, ...choice }: AreasProps) {
  const found = areasOf(entries.filter((entry) => matches(entry, filter)));
  return (
    <div className="areas">
      {found.map((area) => (
        <AreaBox key={area.name} area={area} isOpen={filter !== ''} {...choice} />
      ))}
      {found.length === 0 && (
        <p className="empty" role="status">
          No permission has this in its name or description.
        </p>
      )}
    </div>
  );
}

function matches({ name, description }: PermissionEntry, filter: string): boolean {
  return `${name} ${description}`.toLowerCase().includes(filter.trim().toLowerCase());
}

interface AreaBoxProps extends Omit<AreasProps, 'entries' | 'filter'> {
  readonly area: Area<PermissionEntry>;
  readonly isOpen: boolean;
}

function AreaBox({ area: { name, entries }, isOpen, chosen, held, onChange }: AreaBoxProps) {
  const count = entries.filter((entry) => chosen.has(entry.name)).length;
  /**
   * Replaces the selection in this area with the wanted permissions that the caller may select. No button wants
   * privileged permissions, which must be selected one by one, so a button deselects them.
   */
  function choose(isWanted: (entry: PermissionEntry) => boolean) {
    const next = new Set(chosen);
    for (const entry of entries) {
      if (isWanted(entry) && held.has(entry.name)) next.add(entry.name);
      else next.delete(entry.name);
    }
    onChange(next);
  }
  return (
    <details className="area" open={isOpen || undefined}>
      <summary>
        <code>{name}</code>
        <span className={count > 0 ? 'count some' : 'count'}>
          {count} of {entries.length}
        </span>
      </summary>
      <AreaChoices name={name} entries={entries} onChoose={choose} />
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

const AREA_CHOICES: readonly (readonly [label: string, isWanted: (entry: PermissionEntry) => boolean])[] = [
  ['All', ({ privileged }) => !privileged],
  ['Only reading', ({ name, privileged }) => !privileged && isReading(name) && !isGrave(name)],
  ['None', () => false],
];

interface AreaChoicesProps {
  readonly name: string;
  readonly entries: readonly PermissionEntry[];
  readonly onChoose: (isWanted: (entry: PermissionEntry) => boolean) => void;
}

/**
 * Shows buttons that select all permissions of an area, only its reading permissions, or none. Shows nothing for an
 * area with a single permission, whose checkbox is sufficient.
 */
function AreaChoices({ name, entries, onChoose }: AreaChoicesProps) {
  if (entries.length < 2) return null;
  return (
    <div className="area-choices">
      {AREA_CHOICES.map(([label, isWanted]) => (
        <button
          key={label}
          type="button"
          className="button small"
          aria-label={`${label} of ${name}`}
          onClick={() => onChoose(isWanted)}
        >
          {label}
        </button>
      ))}
    </div>
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
