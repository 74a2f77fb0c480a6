import type { KeyEntry } from '@flairgate/client';
import { useState } from 'react';
import { Loaded } from '../parts/problem.tsx';
import { SelectField } from '../parts/text-field.tsx';
import { NarrowKeyDialog } from './narrow-key-dialog.tsx';
import { UsageByDay } from './usage-by-day.tsx';
import { SPANS, useUsage } from './use-usage.ts';
import { splitPermissions, type UsedPermissions } from './used-permissions.ts';

interface KeyUsageProps {
  readonly keyHash: string;
  readonly entry: KeyEntry;
}

/** Shows how often a key was used, and which of its permissions it used. The user can remove the unused permissions. */
export function KeyUsage({ keyHash, entry }: KeyUsageProps) {
  const [span, setSpan] = useState('30');
  const [isNarrowing, setNarrowing] = useState(false);
  const { days, query } = useUsage(span, keyHash);
  return (
    <>
      <div className="filters">
        <SelectField label="Time" value={span} onChange={setSpan} options={SPANS} />
      </div>
      <Loaded query={query}>
        {(entries) => {
          const split = splitPermissions(entry, entries);
          return (
            <>
              <UsageByDay days={days} entries={entries} />
              <Permissions split={split} days={days.length} onNarrow={() => setNarrowing(true)} />
              {isNarrowing && (
                <NarrowKeyDialog
                  keyed={{ ...entry, keyHash }}
                  split={split}
                  days={days.length}
                  onClose={() => setNarrowing(false)}
                />
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

interface PermissionsProps {
  readonly split: UsedPermissions;
  readonly days: number;
  readonly onNarrow: () => void;
}

function Permissions({ split: { used, unused }, days, onNarrow }: PermissionsProps) {
  const total = used.length + unused.length;
  if (total === 0) return <p className="quiet">The key has no permission that it could use.</p>;
  return (
    <>
      <p>
        Used {used.length} of {total} permissions in {days} days.
      </p>
      {unused.length > 0 && (
        <details className="list">
          <summary>{unused.length} not used</summary>
          <span className="names">
            {unused.map((name) => (
              <code key={name}>{name}</code>
            ))}
          </span>
        </details>
      )}
      {unused.length > 0 && used.length > 0 && (
        <div className="buttons start">
          <button type="button" className="button" onClick={onNarrow}>
            Remove unused permissions
          </button>
        </div>
      )}
      {used.length === 0 && (
        <p className="quiet">It used none of them. If no program needs the key, disable or revoke it.</p>
      )}
    </>
  );
}
