/** The expiry of a key, as the user entered it in the form. */
export interface Expiry {
  readonly choice: '7' | '30' | '90' | 'day' | 'never' | 'kept';
  /** The day that the user entered, such as `2026-11-30`. Used only if `choice` is `day`. */
  readonly day: string;
}

/** Expiry that the form proposes for a new key: 90 days. */
export const PROPOSED_EXPIRY: Expiry = { choice: '90', day: '' };

/** Expiry that leaves the current expiry of a key unchanged. */
export const KEPT_EXPIRY: Expiry = { choice: 'kept', day: '' };

const DAY_SECONDS = 86_400;

/**
 * Returns the expiry in Unix seconds. Returns null if the key never expires. Returns undefined if the current expiry is
 * kept, or if the user has not chosen a day yet.
 */
export function secondsOfExpiry({ choice, day }: Expiry, now: number): number | null | undefined {
  if (choice === 'never') return null;
  if (choice === 'kept' || (choice === 'day' && day === '')) return undefined;
  // The last second of the day in the browser's time zone.
  if (choice === 'day') return Math.floor(new Date(`${day}T23:59:59`).getTime() / 1000);
  return Math.floor(now) + Number(choice) * DAY_SECONDS;
}
