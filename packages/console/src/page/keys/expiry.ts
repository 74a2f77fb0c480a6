/** Expiry as entered in the form. */
export interface Expiry {
  readonly choice: '7' | '30' | '90' | 'day' | 'never' | 'kept';
  /** Day for the choice `day`, such as `2026-11-30`. */
  readonly day: string;
}

/** Default for a new key. */
export const PROPOSED_EXPIRY: Expiry = { choice: '90', day: '' };

/** Keeps a key's current expiry. */
export const KEPT_EXPIRY: Expiry = { choice: 'kept', day: '' };

const DAY_SECONDS = 86_400;

/**
 * Returns the expiry in Unix seconds. Null means never. Undefined means that the expiry is kept or no day is chosen
 * yet.
 */
export function secondsOfExpiry({ choice, day }: Expiry, now: number): number | null | undefined {
  if (choice === 'never') return null;
  if (choice === 'kept' || (choice === 'day' && day === '')) return undefined;
  // The last second of the day in the browser's time zone.
  if (choice === 'day') return Math.floor(new Date(`${day}T23:59:59`).getTime() / 1000);
  return Math.floor(now) + Number(choice) * DAY_SECONDS;
}
