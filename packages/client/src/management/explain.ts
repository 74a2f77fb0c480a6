import { path } from './path.js';
import type { CallOptions, Send } from './send.js';

/** Ownership of a resource: three marks, each an identity id or null. */
export interface GivenOwnership {
  readonly createdBy?: string | null;
  readonly lockedBy?: string | null;
  readonly secretTo?: string | null;
}

/** Query for an explanation: a key or user, and a resource or its ownership. */
export type ExplainQuery = (
  | { readonly keyHash: string; readonly uid?: undefined }
  | { readonly uid: string; readonly keyHash?: undefined }
) &
  (
    | { readonly type: string; readonly id: string; readonly ownership?: undefined }
    | { readonly ownership: GivenOwnership; readonly type?: undefined; readonly id?: undefined }
  );

/** An identity that a resource is marked with. */
export interface OwnershipName {
  readonly identity: string;
  /** Display name. Null if the organization must not see it. */
  readonly name: string | null;
}

/** Decision about one action on a resource. */
export interface ExplainedAction {
  readonly action: 'know' | 'read' | 'update' | 'delete';
  readonly allowed: boolean;
  readonly rule: 'open' | 'creator' | 'holder' | 'root' | 'hidden' | 'withheld' | 'locked' | 'ended';
  /** The rule that decided, as a sentence. */
  readonly because: string;
  /** Changes, each of which alone would reverse the decision. */
  readonly changes: readonly string[];
  /** Identity that holds the lock. */
  readonly holder?: string;
}

/** Explanation of what a key may do with one resource. */
export interface ExplainAnswer {
  readonly key: {
    readonly key_hash: string | null;
    readonly uid: string | null;
    readonly identity: string;
    readonly ident: string;
    readonly state:
      | 'active'
      | 'revoked'
      | 'disabled'
      | 'expired'
      | 'orphaned'
      | 'deactivated'
      | 'suspended'
      | 'without-key';
    readonly flairs: readonly string[];
    readonly owner: boolean;
    readonly permissions: readonly string[];
  };
  readonly resource: {
    readonly type: string;
    readonly id: string;
    readonly createdBy: OwnershipName | null;
    readonly lockedBy: OwnershipName | null;
    readonly secret: boolean;
  };
  readonly decisions: readonly ExplainedAction[];
}

/**
 * Creates the call that explains how much of a resource a key may see or change, and why. It needs `audit.get` and is
 * audited.
 */
export function explain(send: Send) {
  return (oid: string, { keyHash, ...query }: ExplainQuery, options?: CallOptions) =>
    send<ExplainAnswer>(
      { method: 'POST', path: path`/v1/orgs/${oid}/explain`, fields: { key_hash: keyHash, ...query } },
      options,
    );
}
