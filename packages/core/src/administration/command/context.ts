import { allow, type Outcome } from '../../denial/denial.js';
import type { Catalogue } from '../../permission/catalogue.js';
import type { KeyFormat } from '../../principal/key/text.js';
import { type Committed, type SecurityTransaction, securityWrite } from '../../revision/security-write.js';
import type { Store } from '../../store/store.js';
import { type Actor, readStanding } from './actor.js';
import type { ActorState } from './actor-state.js';
import type { CallerLimits } from './caller-limits.js';
import { type IdempotentRequest, replayed, writeReplay } from './idempotency.js';

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
  /** How much one caller may own. Default: `DEFAULT_CALLER_LIMITS`. */
  readonly limits?: CallerLimits;
  /** The idempotency key the command came with; a repeat of a create makes nothing. Default none. */
  readonly replay?: IdempotentRequest;
}

/** Runs a command's write, then lets this process see it. */
export async function command<R>(
  context: AdministrationContext,
  work: (tx: SecurityTransaction) => Promise<Outcome<R>>,
): Promise<Outcome<R>> {
  const outcome: Outcome<Committed<R>> = await securityWrite(context.store, context.now(), work);
  if (!outcome.allowed) return outcome;
  // What was committed stands: an answer that was lost here would lose the only copy of a new key's text.
  await context.committed().catch(() => undefined);
  return allow(outcome.value.value);
}

/**
 * Runs a write of somebody who gives a command: reads the actor again in the transaction, then lets `work` judge.
 *
 * `remember` says what a repeat of a create is told; only creates have it. Never a secret.
 */
export async function commandBy<R>(
  context: AdministrationContext,
  actor: Actor,
  work: (tx: SecurityTransaction, standing: ActorState) => Promise<Outcome<R>>,
  remember?: (value: R) => Readonly<Record<string, unknown>>,
): Promise<Outcome<R>> {
  const { replay } = context;
  return command(context, async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    if (replay === undefined || remember === undefined) return work(tx, standing.value);
    const before = await replayed(tx, replay, context.now());
    if (before !== undefined) return before;
    const outcome = await work(tx, standing.value);
    if (outcome.allowed) await writeReplay(tx, replay, context.now(), { told: remember(outcome.value) });
    return outcome;
  });
}
