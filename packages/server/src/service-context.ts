import type { Catalogue } from '@flairgate/core';
import type {
  AdministrationContext,
  ChangeFeed,
  ExchangeContext,
  ServiceAuthContext,
} from '@flairgate/core/administration';
import type { FailureLimit, Gate } from '@flairgate/express';
import type { SigningKeys } from './jwks/signing-keys.js';
import type { PropagationDeadline } from './route/propagation-deadline.js';

/** What the routes of one service work with. */
export interface ServiceContext {
  readonly administration: AdministrationContext;
  readonly exchange: ExchangeContext;
  /** For the questions of services. */
  readonly fleet: ServiceAuthContext;
  readonly changes: ChangeFeed;
  /** When changes count in every process, and who waits for that. */
  readonly everywhere: PropagationDeadline;
  readonly catalogue: Catalogue;
  readonly gate: Gate;
  /** Wrong secrets at the exchange, by address. */
  readonly failures: FailureLimit;
  readonly signingKeys: SigningKeys;
  readonly issuer: string;
  readonly allowGetExchange: boolean;
}
