/** Milliseconds of a day in UTC. All days have this length, because Unix time has no leap seconds. */
export const DAY_MS = 86_400_000;
