import type { AdministrationContext, Catalogue, ChangeFeed, ExchangeContext, FleetContext } from '@flairgate/core';
import type { FailureLimit, Gate } from '@flairgate/express';
import type { SigningKeys } from './keys-set/signing-keys.js';

/** What the routes of one service work with. */
export interface ServiceContext {
  readonly administration: AdministrationContext;
  readonly exchange: ExchangeContext;
  /** For the questions of services. */
  readonly fleet: FleetContext;
  readonly changes: ChangeFeed;
  readonly catalogue: Catalogue;
  readonly gate: Gate;
  /** Wrong secrets at the exchange, by address. */
  readonly failures: FailureLimit;
  readonly signingKeys: SigningKeys;
  readonly issuer: string;
  readonly allowGetExchange: boolean;
}
