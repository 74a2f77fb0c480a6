import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Loaded } from '../parts/problem.tsx';
import { ExactTime } from '../parts/time.tsx';
import { usePlace } from '../session/place.tsx';
import { readToken } from '../session/read-token.ts';

/** Milliseconds between two reads of the clock and the token. */
const TICK_MS = 10_000;

/**
 * Shows when the page's token was issued and when it expires. Before the token expires, the page renews it without an
 * action of the user.
 */
export function TokenPanel() {
  const { oid, client } = usePlace();
  const queries = useQueryClient();
  const token = useQuery({
    queryKey: [oid, 'token'],
    queryFn: async ({ signal }) => {
      const { exp, iat } = readToken(await client.token({ signal }))?.claims ?? {};
      return { expires: numberOf(exp), issued: numberOf(iat) };
    },
    refetchInterval: TICK_MS,
  });
  function renew() {
    client.renewToken();
    void queries.invalidateQueries({ queryKey: [oid, 'token'] });
    void queries.invalidateQueries({ queryKey: [oid, 'who'] });
  }
  return (
    <Loaded query={token}>
      {({ issued, expires }) => (
        <>
          <dl className="facts">
            <dt>Issued</dt>
            <dd>{issued === undefined ? <span className="quiet">unknown</span> : <ExactTime at={issued} />}</dd>
            <dt>Expires</dt>
            <dd>
              {expires === undefined ? (
                <span className="quiet">unknown</span>
              ) : (
                <>
                  <ExactTime at={expires} /> <Remaining expires={expires} />
                </>
              )}
            </dd>
          </dl>
          <p className="quiet fine">
            The page renews the token by itself while it is open. Renew it now to use rights that you were given since.
          </p>
          <div className="buttons start">
            <button type="button" className="button" onClick={renew}>
              Renew now
            </button>
          </div>
        </>
      )}
    </Loaded>
  );
}

function Remaining({ expires }: { readonly expires: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const minutes = Math.max(0, Math.round((expires - now / 1000) / 60));
  return <span className="quiet">in {minutes === 1 ? '1 minute' : `${minutes} minutes`}</span>;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
