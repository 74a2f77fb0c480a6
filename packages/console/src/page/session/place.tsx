import type { FlairgateClient } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { Problem, Waiting } from '../parts/problem.tsx';
import { readClaims } from './claims.ts';
import type { Session } from './session.ts';

/** The organization that the console shows, and the caller's permissions in it. */
export interface Place {
  readonly oid: string;
  readonly client: FlairgateClient;
  /** Client for all organizations of the calling user. Undefined if the caller signed in with an organization key. */
  readonly person: FlairgateClient | undefined;
  readonly ident: string;
  readonly permissions: ReadonlySet<string>;
  /** True if the caller sees only what it created: it has the flair `segment`, but not the flair `root`. */
  readonly isSegmented: boolean;
  /** Public id of the key that was used to sign in. Undefined if the token does not contain it. */
  readonly keyHash: string | undefined;
}

const PlaceContext = createContext<Place | undefined>(undefined);

/**
 * Returns the current organization and the caller's permissions in it. @throws Error outside of {@link PlaceProvider}.
 */
export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (place === undefined) throw new Error('usePlace must be used inside PlaceProvider');
  return place;
}

interface PlaceProviderProps {
  readonly session: Session;
  readonly oid: string;
  readonly onSignOut: () => void;
  readonly children: ReactNode;
}

/** Reads the caller's permissions in the organization, then shows the children. */
export function PlaceProvider({ session, oid, onSignOut, children }: PlaceProviderProps) {
  const client = session.client(oid);
  const who = useQuery({
    queryKey: [oid, 'who'],
    queryFn: async ({ signal }) => {
      const told = await client.who({ signal });
      return { ...told, ...readClaims(await client.token({ signal })) };
    },
  });
  const place = useMemo(() => {
    if (who.data === undefined) return undefined;
    const { ident, flairs, keyHash } = who.data;
    const held = 'perms' in who.data ? who.data.perms : (who.data.user_perms[oid] ?? []);
    const person = session.signedIn.kind === 'organization-key' ? undefined : session.client();
    const isSegmented = flairs.includes('segment') && !flairs.includes('root');
    return { oid, client, person, ident, permissions: new Set(held), isSegmented, keyHash };
  }, [who.data, oid, client, session]);
  if (place !== undefined) return <PlaceContext value={place}>{children}</PlaceContext>;
  return (
    <main className="alone">
      {who.error === null ? <Waiting /> : <Problem error={who.error} onRetry={() => void who.refetch()} />}
      <button type="button" className="button" onClick={onSignOut}>
        Sign out
      </button>
    </main>
  );
}
