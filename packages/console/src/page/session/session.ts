import { createClient, type FlairgateClient, FlairgateClientError } from '@flairgate/client';
import { deleteSession, requestSessionToken } from './console-session.ts';

/** Credential with which the user signed in. The credential is kept only in this page's memory. */
export type SignedIn =
  | { readonly kind: 'organization-key'; readonly oid: string; readonly key: string }
  | { readonly kind: 'user-key'; readonly uid: string; readonly key: string }
  /**
   * The user signed in with the identity provider, which opened a session. The session's cookie is stored in the
   * browser, and this page cannot read it.
   */
  | { readonly kind: 'session'; readonly uid: string };

/**
 * The credential with which the user signed in, and clients of the service that use it. Each client has its own token.
 */
export interface Session {
  readonly signedIn: SignedIn;
  /** Returns a client for the organization `oid`. Without `oid`, returns a client for all organizations of the user. */
  readonly client: (oid?: string) => FlairgateClient;
  /**
   * Ends the session that was opened by signing in with the provider. Does nothing if the user signed in with a key.
   */
  readonly end: () => Promise<void>;
  /** State that is true after the service has ended the session while the page was open. */
  readonly ended: EndedState;
}

/** A boolean value. Components can subscribe to its changes. */
export interface EndedState {
  readonly get: () => boolean;
  readonly subscribe: (changed: () => void) => () => void;
}

/** URL of the service, which is one path level above the URL of the console. */
export const serviceUrl = new URL('..', document.baseURI).href;

export function createSession(signedIn: SignedIn): Session {
  const ended = createFlag();
  return {
    signedIn,
    client: shared((oid) => createClient({ url: serviceUrl, credential: credentialOf(signedIn, oid, ended.set) })),
    end: signedIn.kind === 'session' ? deleteSession : async () => undefined,
    ended,
  };
}

/** Returns a function that creates a client for an organization once, and then always returns the same client. */
function shared(create: (oid: string) => FlairgateClient): Session['client'] {
  const clients = new Map<string, FlairgateClient>();
  return (oid = '') => {
    const known = clients.get(oid) ?? create(oid);
    clients.set(oid, known);
    return known;
  };
}

type ClientCredential = Parameters<typeof createClient>[0]['credential'];

function credentialOf(signedIn: SignedIn, oid: string, setEnded: (ended: boolean) => void): ClientCredential {
  if (signedIn.kind === 'session') return { kind: 'renewed-token', renew: () => renew(signedIn.uid, oid, setEnded) };
  return signedIn.kind === 'user-key' && oid !== '' ? { ...signedIn, oid } : signedIn;
}

/**
 * Requests a token for the session. Refuses the token if it belongs to another user. Such a user may have signed in
 * from another tab in the meantime. The input on this page must not be sent under that user's name.
 */
async function renew(uid: string, oid: string, setEnded: (ended: boolean) => void): Promise<string> {
  try {
    const token = await requestSessionToken(oid);
    setEnded(false);
    if (token.uid === uid) return token.jwt;
  } catch (error) {
    if (error instanceof FlairgateClientError && error.code === 'ERR_SESSION_ENDED') setEnded(true);
    throw error;
  }
  throw new FlairgateClientError('another user has signed in meanwhile; reload the page to continue as that user', {
    status: undefined,
  });
}

function createFlag(): EndedState & { readonly set: (value: boolean) => void } {
  let current = false;
  const listeners = new Set<() => void>();
  return {
    get: () => current,
    set(value) {
      if (current === value) return;
      current = value;
      for (const changed of listeners) changed();
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
  };
}
