import { useSyncExternalStore } from 'react';

/** The screens, in the order of the menu. The address holds their name behind the hash and nothing else. */
export const SCREENS = [
  'keys',
  'my-keys',
  'ingestion-keys',
  'users',
  'groups',
  'api-users',
  'policies',
  'audit',
] as const;

export type ScreenName = (typeof SCREENS)[number];

/** The screen that the address names; the first one for any other. */
export function useScreen(): ScreenName {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return SCREENS.find((name) => hash === `#/${name}`) ?? SCREENS[0];
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}
