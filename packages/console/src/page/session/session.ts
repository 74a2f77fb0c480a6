import { createClient, type FlairgateClient } from '@flairgate/client';

/** What somebody signed in with. It lives in this page's memory and nowhere else. */
export type SignedIn =
  | { readonly kind: 'organization-key'; readonly oid: string; readonly key: string }
  | { readonly kind: 'user-key'; readonly uid: string; readonly key: string };

/** Clients of the service, each with a token of its own. */
export interface Session {
  readonly signedIn: SignedIn;
  /** Acts in one organization; without one, as the user in all of them. */
  readonly client: (oid?: string) => FlairgateClient;
}

/** The service stands one level above its console. */
const serviceUrl = new URL('..', document.baseURI).href;

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
