import { useState } from 'react';
import { Announcements } from './parts/announcements.tsx';
import { ChooseOrganization } from './session/choose-organization.tsx';
import { PlaceProvider } from './session/place.tsx';
import type { Session } from './session/session.ts';
import { Shell } from './shell/shell.tsx';

interface SignedInPageProps {
  readonly session: Session;
  readonly onSignOut: () => void;
  /**
   * Called before the user leaves an organization, so that the data of this organization is not shown in another one.
   */
  readonly onLeave: () => void;
}

/** Lets the user choose an organization, and then shows the screens for that organization. */
export function SignedInPage({ session, onSignOut, onLeave }: SignedInPageProps) {
  const [oid, setOid] = useState<string>();

  function leave() {
    onLeave();
    setOid(undefined);
  }

  const chosen = session.signedIn.kind === 'organization-key' ? session.signedIn.oid : oid;
  const isUser = session.signedIn.kind !== 'organization-key';
  return (
    <Announcements>
      {chosen === undefined ? (
        <ChooseOrganization session={session} onChoose={setOid} onSignOut={onSignOut} />
      ) : (
        <PlaceProvider session={session} oid={chosen} onSignOut={onSignOut}>
          <Shell onSignOut={onSignOut} {...(isUser ? { onLeave: leave } : {})} />
        </PlaceProvider>
      )}
    </Announcements>
  );
}
