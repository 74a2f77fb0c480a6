import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog } from '@base-ui/react/dialog';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { type FormCommand, FormFoot, useErrorFocus } from './form-foot.tsx';
import { Problem } from './problem.tsx';
import { TextField } from './text-field.tsx';

interface FormDialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly children: ReactNode;
  /** Text of the submit button. */
  readonly submit: string;
  readonly command: FormCommand;
  readonly onClose: () => void;
  /** True if the form cannot be submitted yet. */
  readonly incomplete?: boolean;
}

/** Shows a form in a dialog. A click outside the dialog does not close it, so that no input is lost. */
export function FormDialog(props: FormDialogProps) {
  const { title, description, children, submit, command, onClose, incomplete = false } = props;
  const form = useRef<HTMLFormElement>(null);
  const [isTyped, setTyped] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  useErrorFocus(form, command.error);
  function send(event: FormEvent) {
    event.preventDefault();
    setLeaving(false);
    command.mutate(undefined);
  }
  function leave(reason: string) {
    // Asks for confirmation only after Escape, which is easily pressed by accident. The Cancel button needs no
    // confirmation.
    if (reason === 'escape-key' && isTyped && !isLeaving) setLeaving(true);
    else onClose();
  }
  return (
    <Dialog.Root open disablePointerDismissal onOpenChange={(open, { reason }) => open || leave(reason)}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Viewport className="dialog-viewport">
          <Dialog.Popup className="dialog">
            <Dialog.Title className="dialog-title">{title}</Dialog.Title>
            {description !== undefined && (
              <Dialog.Description className="quiet" render={<div />}>
                {description}
              </Dialog.Description>
            )}
            <form ref={form} onSubmit={send} onChange={() => setTyped(true)} className="form">
              {children}
              <FormFoot
                command={command}
                submit={submit}
                incomplete={incomplete}
                cancel={<Dialog.Close className="button">Cancel</Dialog.Close>}
              >
                {isLeaving && (
                  <p className="notice" role="alert">
                    Press Escape again to throw away what you typed.
                  </p>
                )}
              </FormFoot>
            </form>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface ConfirmDialogProps {
  readonly title: string;
  /** Name that the user must type to confirm. If absent, the user need not type anything. */
  readonly name?: string;
  readonly children: ReactNode;
  readonly confirm: string;
  readonly command: FormCommand;
  readonly onClose: () => void;
}

/** Shows a dialog that asks the user to confirm a change. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, name, children, confirm, command, onClose } = props;
  const [typed, setTyped] = useState('');
  return (
    <AlertDialog.Root open onOpenChange={(open) => open || onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Viewport className="dialog-viewport">
          <AlertDialog.Popup className="dialog narrow">
            <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
            <AlertDialog.Description className="quiet" render={<div />}>
              {children}
            </AlertDialog.Description>
            {name !== undefined && (
              <TextField
                label="Type the name to confirm"
                value={typed}
                onChange={setTyped}
                hint={<bdi>{name}</bdi>}
                mono
              />
            )}
            {command.error !== null && <Problem error={command.error} />}
            <footer className="buttons">
              <AlertDialog.Close className="button">Cancel</AlertDialog.Close>
              <button
                type="button"
                className="button danger"
                disabled={command.isPending || (name !== undefined && typed !== name)}
                onClick={() => command.mutate(undefined)}
              >
                {confirm}
              </button>
            </footer>
          </AlertDialog.Popup>
        </AlertDialog.Viewport>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
