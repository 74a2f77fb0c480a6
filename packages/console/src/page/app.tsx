import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { ErrorBoundary } from './parts/error-boundary.tsx';
import { Problem, Waiting } from './parts/problem.tsx';
import type { Session } from './session/session.ts';
import { SessionEnded } from './session/session-ended.tsx';
import { SignIn } from './session/sign-in.tsx';
import { useOpenedPage } from './session/use-sign-in.ts';

/** Loads the screens of the console, which are most of its code. They are loaded while the user types the key. */
const loadSignedInPage = () => import('./signed-in.tsx');

const SignedInPage = lazy(async () => ({ default: (await loadSignedInPage()).SignedInPage }));

/**
 * Shows the sign-in form. After the user has signed in, shows the console. All state is kept in memory and lost when
 * the page is closed. If the user signed in with an identity provider, the session continues when the page is opened
 * again.
 */
export function App() {
  const queries = useQueryClient();
  const opened = useOpenedPage();
  const [chosen, setChosen] = useState<Session | 'none'>();
  const [signOutError, setSignOutError] = useState<Error>();

  useEffect(() => {
    // A failure is ignored here. It is reported when the signed-in page is shown.
    loadSignedInPage().catch(() => undefined);
  }, []);

  const session = chosen === 'none' ? undefined : (chosen ?? opened?.session);

  async function signOut() {
    setSignOutError(undefined);
    try {
      await session?.end();
    } catch (error) {
      setSignOutError(error instanceof Error ? error : new Error('the session could not be ended'));
      return;
    }
    queries.clear();
    setChosen('none');
  }

  if (opened === undefined) {
    return (
      <main className="alone">
        <Waiting />
      </main>
    );
  }
  if (session === undefined) return <SignIn offer={opened.offer} onSignIn={setChosen} />;
  return (
    <ErrorBoundary>
      <SessionEnded session={session} />
      {signOutError !== undefined && <Problem error={signOutError} onRetry={signOut} />}
      <Suspense fallback={<Waiting />}>
        <SignedInPage session={session} onSignOut={signOut} onLeave={() => queries.clear()} />
      </Suspense>
    </ErrorBoundary>
  );
}
