import { useEffect, useState } from 'react';
import { readOffer, requestSessionToken, type SignInOffer } from './console-session.ts';
import { createSession, type Session } from './session.ts';

/**
 * State that is read when the page is opened. `session` is set if the user is still signed in with an identity
 * provider.
 */
export interface OpenedPage {
  readonly offer: SignInOffer;
  readonly session: Session | undefined;
}

/**
 * Reads the ways to sign in that the service offers, and then tries to continue the browser's session. Does both only
 * once. The result is undefined until both are done.
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
