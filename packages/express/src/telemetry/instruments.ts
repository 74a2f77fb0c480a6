import type { RevisionEvent } from '@flairgate/core/internal';
import type { BatchObservableCallback, Counter, Histogram, Meter } from '@opentelemetry/api';
import type { Gate } from '../gate.js';

/** The counters and histograms that are exported. */
export interface Instruments {
  readonly denials: Counter;
  readonly faults: Counter;
  readonly guarded: Counter;
  readonly honeytokens: Counter;
  readonly identified: Histogram;
  /** Records the duration and the outcome of a sync (a read of revocations), from a `RevisionEvent`. */
  readonly synced: (event: unknown) => void;
}

/**
 * Upper bounds of the histogram buckets, in seconds. A database lookup belongs to the first bucket, and a slow hash to
 * the last buckets.
 */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function createInstruments(
  meter: Meter,
  gates: readonly Pick<Gate, 'authenticator'>[],
): { readonly instruments: Instruments; readonly stop: () => void } {
  const inSeconds = (description: string) => ({
    description,
    unit: 's',
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const syncs = meter.createHistogram('flairgate.sync.duration', inSeconds('Looks at what was revoked'));
  const instruments: Instruments = {
    denials: meter.createCounter('flairgate.denials', { description: 'Refusals', unit: '{refusal}' }),
    faults: meter.createCounter('flairgate.faults', { description: 'Errors that are no refusal', unit: '{fault}' }),
    guarded: meter.createCounter('flairgate.guard', { description: 'What the guard did', unit: '{answer}' }),
    honeytokens: meter.createCounter('flairgate.honeytokens', { description: 'Uses of honeytokens', unit: '{use}' }),
    identified: meter.createHistogram(
      'flairgate.identify.duration',
      inSeconds('Finding out who calls, past the cache'),
    ),
    synced(event) {
      const { outcome, durationMs } = event as RevisionEvent;
      syncs.record(durationMs / 1000, { 'flairgate.sync.outcome': outcome });
    },
  };
  return { instruments, stop: observeGates(meter, gates) };
}

/**
 * Exports measurements of the last sync (read of revocations). For each measurement, exports one value for all gates of
 * the process: the value of the gate in the worst state. Gates have no names, so separate values could not be told
 * apart.
 */
function observeGates(meter: Meter, gates: readonly Pick<Gate, 'authenticator'>[]): () => void {
  if (gates.length === 0) return () => undefined;
  const revisions = gates.map(({ authenticator }) => authenticator.revision);
  const validFor = meter.createObservableGauge('flairgate.revision.valid_for', {
    description: 'Time left before what was read earlier may no longer be used',
    unit: 's',
  });
  const age = meter.createObservableGauge('flairgate.revision.age', {
    description: 'Time since what was revoked was last read',
    unit: 's',
  });
  const applied = meter.createObservableGauge('flairgate.revision.applied', { description: 'Last change known' });
  const observe: BatchObservableCallback = (result) => {
    // A gate that has read nothing yet has no value.
    const read = revisions.filter((revision) => revision.applied >= 0);
    if (read.length === 0) return;
    result.observe(validFor, Math.min(...read.map(({ validForMs }) => validForMs)) / 1000);
    result.observe(age, Math.max(...read.map(({ ageMs }) => ageMs)) / 1000);
    result.observe(applied, Math.min(...read.map((revision) => revision.applied)));
  };
  const observed = [validFor, age, applied];
  meter.addBatchObservableCallback(observe, observed);
  return () => meter.removeBatchObservableCallback(observe, observed);
}
