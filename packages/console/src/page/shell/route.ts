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
  'rest-api',
  'profile',
] as const;

export type ScreenName = (typeof SCREENS)[number];

/** The place in the console that the URL hash names: a screen and, for some screens, a page within the screen. */
export interface Route {
  readonly screen: ScreenName;
  /**
   * Page within the screen. For the screen `keys`: `new`, `revoked`, or the public id of a key. For `see-as`: the
   * public id of a key. Undefined for the screen's main page.
   */
  readonly page: string | undefined;
}

const ADDRESS = /^#\/([a-z-]+)(?:\/(\w+))?$/;

/** Returns the screen and page that the URL names. If the URL names no known screen, returns the first screen. */
export function useRoute(): Route {
  return toRoute(useSyncExternalStore(subscribe, () => window.location.hash));
}

function toRoute(hash: string): Route {
  const [, named, page] = ADDRESS.exec(hash) ?? [];
  const screen = SCREENS.find((name) => name === named);
  return screen === undefined ? { screen: SCREENS[0], page: undefined } : { screen, page };
}

/** Returns the link to a page of the keys screen. */
export function addressOfKeys(page?: string): string {
  return page === undefined ? '#/keys' : `#/keys/${page}`;
}

/** Returns the link to the screen `see-as`, which explains what a key sees. */
export function addressOfSeeAs(keyHash: string): string {
  return `#/see-as/${keyHash}`;
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}
