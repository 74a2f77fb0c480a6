import type { Authenticator, Catalogue, Credential, Denial, Principal } from '@flairgate/core';
import type { DenialOptions } from './denial/serialize-denial.js';
import type { Origin } from './request/client-address.js';
import type { CallerSlot } from './request/kept-caller.js';

/** What every middleware of one gate works with. Frozen. */
export interface GateContext extends DenialOptions {
  readonly authenticator: Authenticator;
  readonly catalogue: Catalogue;
  readonly slot: CallerSlot;
  readonly preflight: boolean;
  /** For `readCredential`. */
  readonly credentialLimits: { readonly maxTokenBytes?: number };
  readonly identify: Identify;
}

/**
 * Finds out who is calling where the cache could not tell. A refusal comes back as a value.
 *
 * `read` is the credential, or the refusal of reading it.
 *
 * @throws UnavailableError, or rejects with it, when it cannot be decided.
 */
export type Identify = (read: Credential | Denial, origin: Origin) => MaybeLater<Principal | Denial>;

/** What is known at once, without a promise, or later. */
export type MaybeLater<T> = T | Promise<T>;
