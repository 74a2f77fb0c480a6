import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog } from '@base-ui/react/dialog';
import type { FormEvent, ReactNode } from 'react';
import { Problem } from './problem.tsx';

interface FormDialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly children: ReactNode;
  /** Text of the button that sends it. */
  readonly submit: string;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly busy?: boolean;
  readonly error?: Error | null;
  /** Whether it cannot be sent yet. */
  readonly incomplete?: boolean;
}

/** A form in front of the page. A click beside it does not throw away what was typed. */
export function FormDialog(props: FormDialogProps) {
  const { title, description, children, submit, onSubmit, onClose, busy = false, error = null, incomplete } = props;
  function send(event: FormEvent) {
    event.preventDefault();
    onSubmit();
  }
  return (
    <Dialog.Root open disablePointerDismissal onOpenChange={(open) => open || onClose()}>
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
            <form onSubmit={send} className="form">
              {children}
              {error !== null && <Problem error={error} />}
              <footer className="buttons">
                <Dialog.Close className="button">Cancel</Dialog.Close>
                <button type="submit" className="button primary" disabled={busy || incomplete === true}>
                  {submit}
                </button>
              </footer>
            </form>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface ConfirmDialogProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly busy?: boolean;
  readonly error?: Error | null;
}

/** Asks before something ends for good. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, confirm, onConfirm, onClose, busy = false, error = null } = props;
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
            {error !== null && <Problem error={error} />}
            <footer className="buttons">
              <AlertDialog.Close className="button">Cancel</AlertDialog.Close>
              <button type="button" className="button danger" disabled={busy} onClick={onConfirm}>
                {confirm}
              </button>
            </footer>
          </AlertDialog.Popup>
        </AlertDialog.Viewport>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
