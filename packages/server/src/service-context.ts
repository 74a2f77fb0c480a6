import type { AdministrationContext, Catalogue, ChangeFeed, ExchangeContext, FleetContext } from '@flairgate/core';
import type { FailureLimit, Gate } from '@flairgate/express';
import type { SigningKeys } from './keys-set/signing-keys.js';
import type { Everywhere } from './route/everywhere.js';

/** What the routes of one service work with. */
export interface ServiceContext {
  readonly administration: AdministrationContext;
  readonly exchange: ExchangeContext;
  /** For the questions of services. */
  readonly fleet: FleetContext;
  readonly changes: ChangeFeed;
  /** When changes count in every process, and who waits for that. */
  readonly everywhere: Everywhere;
  readonly catalogue: Catalogue;
  readonly gate: Gate;
  /** Wrong secrets at the exchange, by address. */
  readonly failures: FailureLimit;
  readonly signingKeys: SigningKeys;
  readonly issuer: string;
  readonly allowGetExchange: boolean;
}
