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
  /** Context for the introspection of credentials, and for tokens that a service requests on behalf of its caller. */
  readonly fleet: ServiceAuthContext;
  /**
   * Context for exchanges of external tokens. A federation (a workload, such as a CI job) sends such a token from its
   * own issuer to get a Flairgate token.
   */
  readonly federation: FederationContext;
  readonly changes: ChangeFeed;
  /** Computes the time at which a change applies in every process, and lets requests wait until then. */
  readonly everywhere: PropagationDeadline;
  readonly catalogue: Catalogue;
  readonly gate: Gate;
  /**
   * Limit on failures for each client address: wrong secrets at the exchange, wrong service keys, failed sign-ins to
   * the console, invalid tokens of federations, and names of organizations that were found to be taken.
   */
  readonly failures: FailureLimit;
  readonly signingKeys: SigningKeys;
  readonly issuer: string;
  /** Protected resources (RFC 8707) for which a token may be requested. */
  readonly resources: readonly string[];
  /** Separator between the parts of a permission name in the OAuth parameter `scope`. */
  readonly scopeSeparator: '.' | ':';
  /**
   * Function that returns the ownership of a resource in the host's own tables. The route that explains a key's access
   * to a resource calls this function.
   */
  readonly findOwnership: FindOwnership;
  /** Function that lists the resources of a type in the host's own tables. */
  readonly listOwnership: ListOwnership;
  readonly allowGetExchange: boolean;
  readonly exchangeAtRoot: boolean;
}
