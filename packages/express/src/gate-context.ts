import type { Authenticator, Catalogue, Credential, Denial, Principal } from '@flairgate/core';
import type { AnswerStyle } from './written-denial.js';

/** What every middleware of one gate works with. Frozen. */
export interface GateContext extends AnswerStyle {
  readonly authenticator: Authenticator;
  readonly catalogue: Catalogue;
  readonly userProperty: string | undefined;
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
export type Identify = (read: Credential | Denial, address: string | undefined) => MaybeLater<Principal | Denial>;

/** What is known at once, without a promise, or later. */
export type MaybeLater<T> = T | Promise<T>;
