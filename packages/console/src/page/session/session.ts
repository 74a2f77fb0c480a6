import { createClient, type FlairgateClient } from '@flairgate/client';

/** Credential of the sign-in. It is kept only in the memory of this page. */
export type SignedIn =
  | { readonly kind: 'organization-key'; readonly oid: string; readonly key: string }
  | { readonly kind: 'user-key'; readonly uid: string; readonly key: string };

/** Clients of the service, each with its own token. */
export interface Session {
  readonly signedIn: SignedIn;
  /** Returns a client for one organization, or without `oid` for all organizations of the user. */
  readonly client: (oid?: string) => FlairgateClient;
}

/** The service is one level above its console. */
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
