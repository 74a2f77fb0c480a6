import type { OrganizationCaller } from '@flairgate/core/resources';

/** A row as a service keeps it. */
export interface Row {
  readonly id: string;
  readonly oid: string;
  readonly created_by: string | null;
  readonly locked_by: string | null;
  readonly secret_to: string | null;
  readonly name: string;
  readonly data: string | null;
}

/** A segmented caller, the one with the most to look at. */
export const party: OrganizationCaller = Object.freeze({
  oid: 'o1',
  identity: 'i1',
  secretId: 's1',
  segment: true,
  lock: false,
  secret: true,
  root: false,
});

const CREATORS = 4;
const SECRET_EVERY = 5;
const LOCKED_EVERY = 7;

/** Rows of several creators, some of them secret or locked, to the caller or to others. */
export function makeRows(count: number): readonly Row[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `r${index}`,
    oid: 'o1',
    created_by: `i${(index % CREATORS) + 1}`,
    locked_by: index % LOCKED_EVERY === 0 ? `i${(index % 3) + 1}` : null,
    secret_to: index % SECRET_EVERY === 0 ? `s${(index % 3) + 1}` : null,
    name: `rule ${index}`,
    data: `data of ${index}`,
  }));
}
