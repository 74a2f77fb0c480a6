import type { Authenticator, Catalogue, Credential, Denial, Principal } from '@flairgate/core';
import type { DenialOptions } from './denial/serialize-denial.js';
import type { CallerSlot } from './request/caller-slot.js';
import type { Origin } from './request/client-address.js';
import type { CredentialSettings } from './request/credential-options.js';

/** Context that all middleware of one gate shares. The object is frozen. */
export interface GateContext extends DenialOptions, CredentialSettings {
  readonly authenticator: Authenticator;
  readonly catalogue: Catalogue;
  readonly slot: CallerSlot;
  readonly preflight: boolean;
  readonly vary: string;
  readonly identify: Identify;
}

/**
 * Function that identifies the caller whose credential is not in the cache. If the caller is refused, the function
 * returns the refusal and does not throw it.
 *
 * `read` is the credential, or a refusal if the request's credential could not be read.
 *
 * @throws UnavailableError, or rejects with it, if the caller cannot be identified now.
 */
export type Identify = (read: Credential | Denial, origin: Origin) => MaybeLater<Principal | Denial>;

/** A value, or a promise if the value is not available yet. */
export type MaybeLater<T> = T | Promise<T>;
