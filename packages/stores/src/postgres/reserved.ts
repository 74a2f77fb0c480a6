import type { PostgresClient, PostgresPool } from './driver.js';

/** A connection that is reserved for one purpose, so that no other work delays it. */
export interface Reserved {
  /** Returns the reserved connection. If the reserved connection is in use, returns another connection of the pool. */
  connect(): Promise<PostgresClient>;
  /** Returns the reserved connection to the pool. */
  close(): void;
}

/** Reserves a connection of the pool. If the connection is lost, reserves a new one. */
export function reserveConnection(pool: Pick<PostgresPool, 'connect'>): Reserved {
  let kept: { readonly client: PostgresClient; isInUse: boolean } | undefined;
  let closed = false;

  async function keep(): Promise<PostgresClient> {
    const client = await pool.connect();
    if (kept !== undefined || closed) return client;
    const own = { client, isInUse: true };
    kept = own;
    const drop = () => {
      if (kept !== own) return;
      kept = undefined;
      if (!own.isInUse) client.release(true);
    };
    client.on('error', drop);
    client.on('end', drop);
    return borrowed(own);
  }

  function borrowed(own: NonNullable<typeof kept>): PostgresClient {
    const { client } = own;
    own.isInUse = true;
    return {
      query: client.query.bind(client),
      on: client.on.bind(client),
      removeListener: client.removeListener.bind(client),
      release(destroy) {
        own.isInUse = false;
        const isLost = kept !== own;
        if (!isLost && destroy !== true && !closed) return;
        if (!isLost) kept = undefined;
        client.release(destroy === true || isLost);
      },
    };
  }

  return {
    async connect() {
      return kept === undefined || kept.isInUse ? keep() : borrowed(kept);
    },
    close() {
      closed = true;
      if (kept === undefined || kept.isInUse) return;
      kept.client.release();
      kept = undefined;
    },
  };
}
