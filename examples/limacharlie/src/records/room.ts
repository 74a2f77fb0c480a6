import { allow, type Outcome } from '@flairgate/core';
import { type CallerLimits, denyLimit } from '@flairgate/core/administration';
import type { Held } from './pages.js';

export type RecordLimits = Pick<CallerLimits, 'records' | 'recordBytes'>;

/** Refuses a row, or more content of one, that would pass the limits of its kind in its organization. */
export function checkRoom(
  { records, recordBytes }: RecordLimits,
  held: Held | undefined,
  added: { readonly rows: 0 | 1; readonly bytes: number },
): Outcome<undefined> {
  if (added.rows > 0 && Number(held?.rows ?? 0) >= records) return denyLimit('records', records);
  // What does not grow is never refused, however much there is.
  if (added.bytes > 0 && Number(held?.bytes ?? 0) + added.bytes > recordBytes)
    return denyLimit('recordBytes', recordBytes);
  return allow(undefined);
}
