/** A time, in milliseconds since the Unix epoch. All times in rows have this type. */
export type Millis = number;

/** Role of a user in an organization. */
export type Role = 'owner' | 'member';
