/** Milliseconds since 1970. Every time in a row is one of these. */
export type Millis = number;

export type Role = 'owner' | 'member';
