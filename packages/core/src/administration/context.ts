import { allow, type Outcome } from '../answer/denial.js';
import type { Catalogue } from '../permission/catalogue.js';
import type { KeyFormat } from '../principal/key/text.js';
import { type Committed, type SecurityTransaction, securityWrite } from '../revision/security-write.js';
import type { Store } from '../store/store.js';

/** What every command works with. */
export interface AdministrationContext {
  readonly store: Store;
  readonly catalogue: Catalogue;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** How the text of new keys looks. Every process accepts both. */
  readonly keyFormat: KeyFormat;
  /** Makes the stored form of a new key's text. */
  readonly hashSecret: (text: string) => Promise<string>;
  /** Whether new ingestion keys may be read again (encrypted at rest); masked for good otherwise. */
  readonly readableIngestionKeys: boolean;
  /** Called after a commit: the writer looks at its own change before it answers. */
  readonly committed: () => Promise<void>;
}

/** Runs a command's write, then lets this process see it. */
export async function command<R>(
  context: AdministrationContext,
  work: (tx: SecurityTransaction) => Promise<Outcome<R>>,
): Promise<Outcome<R>> {
  const outcome: Outcome<Committed<R>> = await securityWrite(context.store, context.now(), work);
  if (!outcome.allowed) return outcome;
  await context.committed();
  return allow(outcome.value.value);
}
