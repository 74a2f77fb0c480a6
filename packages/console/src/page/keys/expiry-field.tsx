import { SelectField, TextField } from '../parts/text-field.tsx';
import { ExactTime } from '../parts/time.tsx';
import { type Expiry, secondsOfExpiry } from './expiry.ts';

const CHOICES = [
  ['7', 'In 7 days'],
  ['30', 'In 30 days'],
  ['90', 'In 90 days'],
  ['day', 'At the end of a day'],
  ['never', 'Never'],
] as const;

interface ExpiryFieldProps {
  readonly value: Expiry;
  readonly onChange: (value: Expiry) => void;
  /** True if the user may keep the current expiry. Set for an existing key. @default false */
  readonly canKeep?: boolean;
  readonly problem?: string | undefined;
}

/** Shows the field for a key's expiry. Warns if the key would never expire. */
export function ExpiryField({ value, onChange, canKeep = false, problem }: ExpiryFieldProps) {
  const options = canKeep ? ([['kept', 'As it is'], ...CHOICES] as const) : CHOICES;
  const seconds = secondsOfExpiry(value, Date.now() / 1000);
  function choose(text: string) {
    const chosen = options.find(([option]) => option === text);
    if (chosen !== undefined) onChange({ ...value, choice: chosen[0] });
  }
  return (
    <div className="field-set">
      <div className="pair">
        <SelectField label="Expires" value={value.choice} onChange={choose} options={options} problem={problem} />
        {value.choice === 'day' && (
          <TextField
            label="Last day"
            value={value.day}
            onChange={(day) => onChange({ ...value, day })}
            type="date"
            problem={problem}
            required
          />
        )}
      </div>
      {typeof seconds === 'number' && (
        <p className="hint">
          Until <ExactTime at={seconds} />
        </p>
      )}
      {seconds === null && (
        <p className="notice warn">
          A key that never expires stays valid if it is lost or forgotten. Give it an expiry, and rotate it before then.
        </p>
      )}
    </div>
  );
}
