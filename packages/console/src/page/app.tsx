import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ChooseOrganization } from './session/choose-organization.tsx';
import { PlaceProvider } from './session/place.tsx';
import type { Session } from './session/session.ts';
import { SignIn } from './session/sign-in.tsx';
import { Shell } from './shell/shell.tsx';

/**
 * Shows the sign-in form, the choice of an organization, or the screens for one organization. All state is kept in
 * memory and lost when the page is closed.
 */
export function App() {
  const queries = useQueryClient();
  const [session, setSession] = useState<Session>();
  const [oid, setOid] = useState<string>();

  function signOut() {
    queries.clear();
    setOid(undefined);
    setSession(undefined);
  }

  function leave() {
    queries.clear();
    setOid(undefined);
  }

  if (session === undefined) return <SignIn onSignIn={setSession} />;
  const chosen = session.signedIn.kind === 'organization-key' ? session.signedIn.oid : oid;
  if (chosen === undefined) return <ChooseOrganization session={session} onChoose={setOid} onSignOut={signOut} />;
  const isUser = session.signedIn.kind === 'user-key';
  return (
    <PlaceProvider session={session} oid={chosen} onSignOut={signOut}>
      <Shell onSignOut={signOut} {...(isUser ? { onLeave: leave } : {})} />
    </PlaceProvider>
  );
}
