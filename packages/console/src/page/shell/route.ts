import { useSyncExternalStore } from 'react';

/** Names of the screens, in the order of the menu. */
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

/** Part of the console that the hash of the URL names: a screen, and for keys a page of it. */
export interface Route {
  readonly screen: ScreenName;
  /** `new`, `revoked`, or the public id of a key. Undefined for the screen itself. */
  readonly page: string | undefined;
}

const ADDRESS = /^#\/([a-z-]+)(?:\/(\w+))?$/;

/** Returns the screen that the URL names, or the first screen. */
export function useRoute(): Route {
  return toRoute(useSyncExternalStore(subscribe, () => window.location.hash));
}

function toRoute(hash: string): Route {
  const [, named, page] = ADDRESS.exec(hash) ?? [];
  const screen = SCREENS.find((name) => name === named);
  return screen === undefined ? { screen: SCREENS[0], page: undefined } : { screen, page };
}

/** Returns the address of a page of the keys, for links. */
export function addressOfKeys(page?: string): string {
  return page === undefined ? '#/keys' : `#/keys/${page}`;
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}
