import type { Catalogue } from '@flairgate/core';
import type {
  AdministrationContext,
  ChangeFeed,
  ExchangeContext,
  FederationContext,
  FindOwnership,
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
  /** Context for the exchange of tokens by federations, workloads with another issuer's tokens. */
  readonly federation: FederationContext;
  readonly changes: ChangeFeed;
  /** Computes when a change applies in every process, and lets requests wait for that time. */
  readonly everywhere: PropagationDeadline;
  readonly catalogue: Catalogue;
  readonly gate: Gate;
  /** Limit on wrong secrets at the exchange, per address. */
  readonly failures: FailureLimit;
  readonly signingKeys: SigningKeys;
  readonly issuer: string;
  /** Protected resources (RFC 8707) for which a token may be requested. */
  readonly resources: readonly string[];
  /** Separator between the parts of a permission name in `scope`. */
  readonly scopeSeparator: '.' | ':';
  /** Finds the ownership of resources in the host's own tables. Explanations use it. */
  readonly findOwnership: FindOwnership;
  readonly allowGetExchange: boolean;
  readonly exchangeAtRoot: boolean;
}
