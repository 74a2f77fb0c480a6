import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { ConfirmDialog } from './dialog.tsx';
import { type FormCommand, FormFoot, useErrorFocus } from './form-foot.tsx';
import { useStay } from './use-stay.ts';

interface FormPageProps {
  readonly submit: string;
  readonly command: FormCommand;
  /** Address to which Cancel leads. */
  readonly cancel: string;
  readonly children: ReactNode;
}

/** Shows a form on its own page. Asks for confirmation before the user leaves the page with unsaved input. */
export function FormPage({ submit, command, cancel, children }: FormPageProps) {
  const form = useRef<HTMLFormElement>(null);
  const [isTyped, setTyped] = useState(false);
  const [wanted, setWanted] = useState<string>();
  const [isLeaving, setLeaving] = useState(false);
  useErrorFocus(form, command.error);
  useStay(isTyped && !isLeaving && !command.isPending, setWanted);
  useEffect(() => {
    // Runs after `useStay` has been turned off. Until then, `useStay` undoes every change of the URL.
    if (isLeaving && wanted !== undefined) window.location.assign(wanted);
  }, [isLeaving, wanted]);
  function send(event: FormEvent) {
    event.preventDefault();
    command.mutate(undefined);
  }
  return (
    <form ref={form} onSubmit={send} onInput={() => setTyped(true)} className="form page-form">
      {children}
      <FormFoot
        command={command}
        submit={submit}
        cancel={
          <a className="button" href={cancel}>
            Cancel
          </a>
        }
      />
      {wanted !== undefined && !isLeaving && (
        <ConfirmDialog
          title="Throw away what you typed?"
          confirm="Throw away"
          command={{ isPending: false, error: null, mutate: () => setLeaving(true) }}
          onClose={() => setWanted(undefined)}
        >
          Nothing was created yet.
        </ConfirmDialog>
      )}
    </form>
  );
}
