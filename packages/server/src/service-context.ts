import type { Catalogue } from '@flairgate/core';
import type {
  AdministrationContext,
  ChangeFeed,
  ExchangeContext,
  FederationContext,
  FindOwnership,
  ListOwnership,
  ServiceAuthContext,
} from '@flairgate/core/administration';
import type { FailureLimit, Gate } from '@flairgate/express';
import type { SigningKeys } from './jwks/signing-keys.js';
import type { PropagationDeadline } from './route/propagation-deadline.js';

/** Dependencies of one service's routes. */
export interface ServiceContext {
  readonly administration: AdministrationContext;
  readonly exchange: ExchangeContext;
  /** Context for introspection and for token exchange on behalf of a caller. */
  readonly fleet: ServiceAuthContext;
  /** Context for exchanges in which a federation (a workload, such as a CI job) sends another issuer's token. */
  readonly federation: FederationContext;
  readonly changes: ChangeFeed;
  /** Computes the time at which a change applies in every process, and lets requests wait until then. */
  readonly everywhere: PropagationDeadline;
  readonly catalogue: Catalogue;
  readonly gate: Gate;
  /** Limit on failed secret checks at the exchange, counted for each client address. */
  readonly failures: FailureLimit;
  readonly signingKeys: SigningKeys;
  readonly issuer: string;
  /** Protected resources (RFC 8707) for which a token may be requested. */
  readonly resources: readonly string[];
  /** Separator between the parts of a permission name in `scope`. */
  readonly scopeSeparator: '.' | ':';
  /** Returns the ownership of resources in the host's own tables. The route that explains a key's access calls it. */
  readonly findOwnership: FindOwnership;
  /** Lists the resources of a type in the host's own tables. */
  readonly listOwnership: ListOwnership;
  readonly allowGetExchange: boolean;
  readonly exchangeAtRoot: boolean;
}
