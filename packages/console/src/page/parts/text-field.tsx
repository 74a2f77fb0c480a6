import { Field } from '@base-ui/react/field';
import type { HTMLInputTypeAttribute, ReactNode } from 'react';

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: HTMLInputTypeAttribute;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  readonly required?: boolean;
  /** True to use a monospaced font. Used for ids, keys and names, in which every character matters. */
  readonly mono?: boolean;
}

/** Shows a labeled input with a hint. If `problem` is set (the value is invalid), it is shown in place of the hint. */
export function TextField({ label, value, onChange, type = 'text', hint, problem, required, mono }: TextFieldProps) {
  return (
    <Field.Root className="field" invalid={problem !== undefined}>
      <Field.Label className="label">{label}</Field.Label>
      <Field.Control
        className={mono === true ? 'input mono' : 'input'}
        type={type}
        value={value}
        onValueChange={(text) => onChange(String(text))}
        required={required === true}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
      />
      {hint !== undefined && problem === undefined && <Field.Description className="hint">{hint}</Field.Description>}
      <Field.Error className="hint wrong" match={problem !== undefined}>
        {problem}
      </Field.Error>
    </Field.Root>
  );
}

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** The options: pairs of value and displayed text. */
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly hint?: string;
  readonly problem?: string | undefined;
}

/** Shows a labeled select box. Uses the browser's native element, which all screen readers support. */
export function SelectField({ label, value, onChange, options, hint, problem }: SelectFieldProps) {
  return (
    <Field.Root className="field" invalid={problem !== undefined}>
      <Field.Label className="label">{label}</Field.Label>
      <Field.Control
        className="input"
        value={value}
        onValueChange={(text) => onChange(String(text))}
        render={
          <select>
            {options.map(([option, text]) => (
              <option key={option} value={option}>
                {text}
              </option>
            ))}
          </select>
        }
      />
      {hint !== undefined && <Field.Description className="hint">{hint}</Field.Description>}
      <Field.Error className="hint wrong" match={problem !== undefined}>
        {problem}
      </Field.Error>
    </Field.Root>
  );
}
