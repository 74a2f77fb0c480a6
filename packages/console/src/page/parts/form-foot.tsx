import { type ReactNode, type RefObject, useEffect } from 'react';
import { Problem, Slow } from './problem.tsx';

/** A form's command, as returned by `useCommand`. The form shows the command's error. */
export interface FormCommand {
  mutate(input: undefined): void;
  readonly isPending: boolean;
  readonly error: Error | null;
}

/** Moves the focus to the first field that the error names, and scrolls to that field. */
export function useErrorFocus(form: RefObject<HTMLFormElement | null>, error: Error | null): void {
  useEffect(() => {
    if (error === null) return;
    form.current?.querySelector<HTMLElement>('input[data-invalid], select[data-invalid]')?.focus();
  }, [form, error]);
}

interface FormFootProps {
  readonly command: FormCommand;
  /** Text of the submit button. */
  readonly submit: string;
  /** True if the form cannot be submitted yet. */
  readonly incomplete?: boolean;
  /** Button or link that cancels the form. */
  readonly cancel: ReactNode;
  readonly children?: ReactNode;
}

/** Shows the error and the buttons of a form. The error and the buttons stay visible while the form scrolls. */
export function FormFoot({
  command: { error, isPending },
  submit,
  incomplete = false,
  cancel,
  children,
}: FormFootProps) {
  return (
    <footer className="foot">
      {error !== null && <Problem error={error} />}
      {children}
      {isPending && (
        <div role="status">
          <Slow>The service takes long to answer. Still sending.</Slow>
        </div>
      )}
      <div className="buttons">
        {cancel}
        <button type="submit" className="button primary" disabled={isPending || incomplete}>
          {submit}
        </button>
      </div>
    </footer>
  );
}
