import {
  type ChangeFeed,
  createChangeFeed,
  type ExchangeContext,
  type ServiceAuthContext,
} from '@flairgate/core/administration';
import type { Clock, Revision } from '@flairgate/core/internal';
import { createOwnVerifier, ownIssuer } from '@flairgate/core/tokens';

export interface FleetOptions {
  readonly exchange: ExchangeContext;
  readonly issuer: string;
  readonly audience: string;
  readonly tokenSecret: string | Uint8Array | undefined;
  readonly maxTokenSeconds: number;
  readonly maxTokenBytes: number;
  readonly revision: Revision;
  readonly clock: Clock;
  /** Maximum staleness in seconds: the longest time until a change applies in every process. */
  readonly boundSeconds: number;
}

/** Creates two dependencies of the routes for services: the context of these routes' commands, and the change feed. */
export function openFleet(options: FleetOptions): { readonly fleet: ServiceAuthContext; readonly changes: ChangeFeed } {
  const { exchange, issuer, audience, tokenSecret, maxTokenSeconds, maxTokenBytes, revision, clock } = options;
  const { store, catalogue } = exchange;
  const secret = tokenSecret === undefined ? {} : { secret: tokenSecret };
  const tokens = { issuer, audience, maxTokenSeconds, ...secret };
  return {
    fleet: {
      ...exchange,
      issuer,
      revision,
      verifyToken: createOwnVerifier({
        issuer: ownIssuer({ tokens, catalogue, store, clock: clock.wall }),
        maxTokenBytes,
        clock: clock.wall,
      }),
    },
    changes: createChangeFeed({ store, revision, now: clock.wall, maxWaitMs: (options.boundSeconds * 1000) / 3 }),
  };
}
