import { useSyncExternalStore } from 'react';

/** Screen names in menu order. */
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

/** Location in the console, as given by the URL hash: a screen and, for keys, a page of the screen. */
export interface Route {
  readonly screen: ScreenName;
  /** `new`, `revoked`, or the public id of a key; for `see-as`, the key. Undefined for the screen's main page. */
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

/** Returns the link to a page of the keys screen. */
export function addressOfKeys(page?: string): string {
  return page === undefined ? '#/keys' : `#/keys/${page}`;
}

/** Returns the link to the screen that explains what a key sees. */
export function addressOfSeeAs(keyHash: string): string {
  return `#/see-as/${keyHash}`;
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}
