import { useSyncExternalStore } from 'react';

/** Names of the screens, in the order of the menu. The hash of the URL contains the name and nothing else. */
export const SCREENS = [
  'keys',
  'my-keys',
  'ingestion-keys',
  'users',
  'groups',
  'api-users',
  'policies',
  'invitations',
  'audit',
  'usage',
  'see-as',
] as const;

export type ScreenName = (typeof SCREENS)[number];

/** Returns the screen that the URL names, or the first one. */
export function useScreen(): ScreenName {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return SCREENS.find((name) => hash === `#/${name}`) ?? SCREENS[0];
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}
