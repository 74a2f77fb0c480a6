import { Dialog } from '@base-ui/react/dialog';
import { type ReactNode, useState } from 'react';
import { serviceUrl } from '../session/session.ts';
import { saveFile } from './save-file.ts';
import { useStay } from './use-stay.ts';

interface SecretDialogProps {
  /** Name of the key. */
  readonly name: string;
  readonly secret: string;
  /**
   * True if the secret belongs to a key that can call the API. The dialog then shows how to try the key out with a
   * request to `/v1/who`. @default false
   */
  readonly isKey?: boolean;
  readonly children?: ReactNode;
  readonly onClose: () => void;
}

/**
 * Shows a new secret, which the user can see only this once. Only the button in the dialog closes it. A click outside,
 * Escape and the browser's Back do not close the dialog. The browser asks before it reloads the page.
 */
export function SecretDialog({ name, secret, isKey = false, children, onClose }: SecretDialogProps) {
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
            <Dialog.Title className="dialog-title">New secret of {name}</Dialog.Title>
            <Dialog.Description className="quiet">
              It is shown this once and stored nowhere. Put it where the program reads its secrets, and never send it by
              mail or chat.
            </Dialog.Description>
            <Secret name={name} text={secret} />
            {isKey && <Trial />}
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

function Secret({ name, text }: { readonly name: string; readonly text: string }) {
  const [said, setSaid] = useState('');
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('The browser did not allow it; select the text');
    }
  }
  function download() {
    saveFile('flairgate-key.env', `# ${name}\nFLAIRGATE_KEY=${text}\n`, 'text/plain');
    setSaid('Saved as flairgate-key.env');
  }
  return (
    <div className="shown">
      <output aria-label="New key">{text}</output>
      <button type="button" className="button" onClick={copy}>
        Copy
      </button>
      <button type="button" className="button" onClick={download}>
        Download
      </button>
      <span role="status" className="said">
        {said}
      </span>
    </div>
  );
}

/**
 * Shows a shell command that tries the key. The command reads the secret from an environment variable, so that the
 * secret is not stored in the shell history.
 */
function Trial() {
  return (
    <div className="trial">
      <p className="label">Try it with the secret in FLAIRGATE_KEY</p>
      <pre>
        <code>{`curl -H "x-api-key: $FLAIRGATE_KEY" ${serviceUrl}v1/who`}</code>
      </pre>
    </div>
  );
}
