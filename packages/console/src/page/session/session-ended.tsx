import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { START_PAGE } from './console-session.ts';
import type { Session } from './session.ts';

/**
 * Shows a notice after the service has ended the session. The user signs in again in another tab, so that the input in
 * this tab is kept.
 */
export function SessionEnded({ session }: { readonly session: Session }) {
  const { ended, client } = session;
  const queries = useQueryClient();
  const isEnded = useSyncExternalStore(ended.subscribe, ended.get);
  useEffect(() => {
    if (!isEnded) return undefined;
    const tryAgain = () =>
      void client('-')
        .token()
        .then(() => queries.invalidateQueries())
        .catch(() => undefined);
    window.addEventListener('focus', tryAgain);
    return () => window.removeEventListener('focus', tryAgain);
  }, [isEnded, client, queries]);
  if (!isEnded) return null;
  return (
    <p className="offline" role="alert">
      Your session has ended.{' '}
      <a href={START_PAGE} target="_blank" rel="noopener">
        Sign in again in a new tab
      </a>
      , then continue here. What you typed is kept.
    </p>
  );
}
