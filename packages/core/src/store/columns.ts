/** Milliseconds since 1970. All times in rows have this unit. */
export type Millis = number;

/** Role of a user in an organization. */
export type Role = 'owner' | 'member';
