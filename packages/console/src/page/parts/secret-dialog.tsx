import { Dialog } from '@base-ui/react/dialog';
import { type ReactNode, useState } from 'react';
import { useStay } from './use-stay.ts';

interface SecretDialogProps {
  readonly title: string;
  readonly secret: string;
  readonly children?: ReactNode;
  readonly onClose: () => void;
}

/**
 * Shows a new secret once. Only its button closes the dialog, not a click outside, Escape or the browser's Back. The
 * browser asks before it reloads the page.
 */
export function SecretDialog({ title, secret, children, onClose }: SecretDialogProps) {
  useStay(true);
  return (
    <Dialog.Root
      open
      disablePointerDismissal
      onOpenChange={(open, details) => {
        if (!open && details.reason === 'close-press') onClose();
        else details.cancel();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Viewport className="dialog-viewport">
          <Dialog.Popup className="dialog narrow">
            <Dialog.Title className="dialog-title">{title}</Dialog.Title>
            <Dialog.Description className="quiet">
              Copy it now and keep it safe. It is shown this once and stored nowhere.
            </Dialog.Description>
            <Secret text={secret} />
            {children}
            <footer className="buttons">
              <Dialog.Close className="button primary">I have kept it</Dialog.Close>
            </footer>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Secret({ text }: { readonly text: string }) {
  const [said, setSaid] = useState('');
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('The browser did not allow it; select the text');
    }
  }
  return (
    <div className="shown">
      <output aria-label="New key">{text}</output>
      <button type="button" className="button" onClick={copy}>
        Copy
      </button>
      <span role="status" className="said">
        {said}
      </span>
    </div>
  );
}
