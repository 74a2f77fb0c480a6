import { createClient, type FlairgateClient } from '@flairgate/client';

/** Credential with which the user signed in. Kept only in this page's memory. */
export type SignedIn =
  | { readonly kind: 'organization-key'; readonly oid: string; readonly key: string }
  | { readonly kind: 'user-key'; readonly uid: string; readonly key: string };

/** The signed-in credential and the service clients for it, each with its own token. */
export interface Session {
  readonly signedIn: SignedIn;
  /** Returns a client for one organization, or, without `oid`, for all organizations of the user. */
  readonly client: (oid?: string) => FlairgateClient;
}

/** URL of the service, which is one path level above the console. */
export const serviceUrl = new URL('..', document.baseURI).href;

export function createSession(signedIn: SignedIn): Session {
  const clients = new Map<string, FlairgateClient>();
  return {
    signedIn,
    client(oid = '') {
      const known = clients.get(oid);
      if (known !== undefined) return known;
      const credential = signedIn.kind === 'user-key' && oid !== '' ? { ...signedIn, oid } : signedIn;
      const made = createClient({ url: serviceUrl, credential });
      clients.set(oid, made);
      return made;
    },
  };
}
