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

/** Dependencies of the routes of one service. */
export interface ServiceContext {
  readonly administration: AdministrationContext;
  readonly exchange: ExchangeContext;
  /** Context of introspection and exchange on behalf. */
  readonly fleet: ServiceAuthContext;
  /** Context of the exchange of federations. */
  readonly federation: FederationContext;
  readonly changes: ChangeFeed;
  /** Computes when changes apply in every process, and holds the requests that wait for it. */
  readonly everywhere: PropagationDeadline;
  readonly catalogue: Catalogue;
  readonly gate: Gate;
  /** Limit on wrong secrets at the exchange, by address. */
  readonly failures: FailureLimit;
  readonly signingKeys: SigningKeys;
  readonly issuer: string;
  /** Protected resources that a token can be asked for. */
  readonly resources: readonly string[];
  /** Separator between the parts of a permission in `scope`. */
  readonly scopeSeparator: '.' | ':';
  /** Finds the ownership of resources in tables of the host, for explanations. */
  readonly findOwnership: FindOwnership;
  readonly allowGetExchange: boolean;
  readonly exchangeAtRoot: boolean;
}
