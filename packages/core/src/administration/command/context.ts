import { allow, type Outcome } from '../../denial/denial.js';
import type { Catalogue } from '../../permission/catalogue.js';
import type { UnknownFlairs } from '../../principal/key/key-name.js';
import type { KeyFormat } from '../../principal/key/text.js';
import type { FederationIssuers } from '../../principal/token/issuer/federation-issuers.js';
import { type Committed, type SecurityTransaction, securityWrite } from '../../revision/security-write.js';
import type { Store } from '../../store/store.js';
import { type Actor, readActorState } from './actor.js';
import type { ActorState } from './actor-state.js';
import type { CallerLimits } from './caller-limits.js';
import { type IdempotentRequest, replayed, writeReplay } from './idempotency.js';

/** Dependencies of every command. A service of `@flairgate/server` has them as `service.context.administration`. */
export interface AdministrationContext {
  readonly store: Store;
  readonly catalogue: Catalogue;
  /** Returns the current time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** Text format of new keys: `fg_...` or a UUID. Keys in both formats are always accepted. */
  readonly keyFormat: KeyFormat;
  /** Hashes the text of a new key. */
  readonly hashSecret: (text: string) => Promise<string>;
  /**
   * True to store the text of new ingestion keys in encrypted form, so that the text can be shown again. False to store
   * only a masked text.
   */
  readonly readableIngestionKeys: boolean;
  /**
   * Treatment of an unknown flair in the name of a new key. An unknown flair is a word in square brackets that is not a
   * known flair. The names of existing keys are not affected.
   *
   * @default 'refuse'
   */
  readonly unknownFlairs?: UnknownFlairs;
  /**
   * True to refuse an organization name that is already in use.
   *
   * @default false
   */
  readonly uniqueOrganizationNames?: boolean;
  /**
   * Token issuers that federations can trust.
   *
   * @default none
   */
  readonly federationIssuers?: FederationIssuers;
  /** Makes this process read its own change. Called after each commit, before the response is sent. */
  readonly committed: () => Promise<void>;
  /**
   * Limits on what one caller can create or own.
   *
   * @default DEFAULT_CALLER_LIMITS
   */
  readonly limits?: CallerLimits;
  /**
   * Idempotency key of the request. A create command that is repeated with the same idempotency key creates nothing.
   *
   * @default none
   */
  readonly replay?: IdempotentRequest;
  /**
   * True for a command that only revokes. The function `urgently` sets this property.
   *
   * @default false
   */
  readonly isUrgent?: boolean;
}

/** Returns the context for a command that only revokes. The store runs such a command before other waiting writes. */
export function urgently(context: AdministrationContext): AdministrationContext {
  return { ...context, isUrgent: true };
}

/**
 * Runs a security write (a transaction that may change rights), then makes this process read the change. The waiting
 * writes of different actors take turns.
 */
export async function command<R>(
  context: AdministrationContext,
  work: (tx: SecurityTransaction) => Promise<Outcome<R>>,
  actor?: Actor,
): Promise<Outcome<R>> {
  const order = { isUrgent: context.isUrgent === true, caller: actor && callerOf(actor) };
  const outcome: Outcome<Committed<R>> = await securityWrite(context.store, context.now(), work, order);
  if (!outcome.allowed) return outcome;
  // The commit is final, so errors are ignored here: an error would lose the only copy of a new key's text.
  await context.committed().catch(() => undefined);
  return allow(outcome.value.value);
}

/**
 * Runs a security write (a transaction that may change rights) for an actor. Reads the actor's state in the
 * transaction, then calls `work`. `work` checks that the actor may make the change, and makes the change.
 *
 * `remember` is for create commands. The function returns the response that is stored for later requests with the same
 * idempotency key. This response must not contain a secret.
 */
export async function commandBy<R>(
  context: AdministrationContext,
  actor: Actor,
  work: (tx: SecurityTransaction, actorState: ActorState) => Promise<Outcome<R>>,
  remember?: (value: R) => Readonly<Record<string, unknown>>,
): Promise<Outcome<R>> {
  const { replay } = context;
  const decide = async (tx: SecurityTransaction) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    if (replay === undefined || remember === undefined) return work(tx, actorState.value);
    const before = await replayed(tx, replay, context.now());
    if (before !== undefined) return before;
    const outcome = await work(tx, actorState.value);
    if (outcome.allowed) await writeReplay(tx, replay, context.now(), { told: remember(outcome.value) });
    return outcome;
  };
  return command(context, decide, actor);
}

/**
 * Returns the name of the queue line in which an actor's writes wait. The lines take turns. All keys of one user share
 * one line, and all keys of one organization share one line.
 */
function callerOf(actor: Actor): string {
  if (actor.kind === 'operator') return 'operator';
  const { uid, identity, organizations } = actor.principal;
  return uid ?? organizations[0] ?? identity;
}
