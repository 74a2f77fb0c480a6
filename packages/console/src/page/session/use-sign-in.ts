import { useEffect, useState } from 'react';
import { readOffer, requestSessionToken, type SignInOffer } from './console-session.ts';
import { createSession, type Session } from './session.ts';

/** State of the page after it was opened. `session` is set if the browser has a session already. */
export interface OpenedPage {
  readonly offer: SignInOffer;
  readonly session: Session | undefined;
}

/**
 * Reads, once, the ways to sign in that the service offers, and whether the browser has a session. Undefined until both
 * are known.
 */
export function useOpenedPage(): OpenedPage | undefined {
  const [opened, setOpened] = useState<OpenedPage>();
  useEffect(() => {
    void openPage().then(setOpened);
  }, []);
  return opened;
}

async function openPage(): Promise<OpenedPage> {
  const offer = await readOffer();
  if (offer.oidc === undefined) return { offer, session: undefined };
  try {
    const { uid } = await requestSessionToken('-');
    return { offer, session: createSession({ kind: 'session', uid }) };
  } catch {
    return { offer, session: undefined };
  }
}
