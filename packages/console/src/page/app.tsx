import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { ErrorBoundary } from './parts/error-boundary.tsx';
import { Waiting } from './parts/problem.tsx';
import type { Session } from './session/session.ts';
import { SignIn } from './session/sign-in.tsx';

/** The screens are most of the code. They are loaded while the user types the key. */
const loadSignedInPage = () => import('./signed-in.tsx');

const SignedInPage = lazy(async () => ({ default: (await loadSignedInPage()).SignedInPage }));

/**
 * Shows the sign-in form, and the console to who has signed in. All state is kept in memory and lost when the page is
 * closed.
 */
export function App() {
  const queries = useQueryClient();
  const [session, setSession] = useState<Session>();

  useEffect(() => {
    // A failure is reported where the page is shown.
    loadSignedInPage().catch(() => undefined);
  }, []);

  function signOut() {
    queries.clear();
    setSession(undefined);
  }

  if (session === undefined) return <SignIn onSignIn={setSession} />;
  return (
    <ErrorBoundary>
      <Suspense fallback={<Waiting />}>
        <SignedInPage session={session} onSignOut={signOut} onLeave={() => queries.clear()} />
      </Suspense>
    </ErrorBoundary>
  );
}
