import type { AdministrationContext } from '@flairgate/core/administration';
import type { BulkDatabase, Database } from '../harness/bulk-database.js';
import type { CaseName, RoomName } from './case-names.js';

/** A measurement at one size. */
export interface GrowthCase {
  /** Prepares one run, outside of the time. */
  readonly ready?: () => Promise<unknown>;
  /** Does it once. Throws if it does not do what it should. */
  readonly run?: () => Promise<unknown>;
  /** Returns a number of bytes, in place of a time. */
  readonly bytes?: () => Promise<number>;
  /** Maximum number of runs, for what takes long or uses rows up. */
  readonly mostRuns?: number;
}

/** A database with something in it that grows, and an administration of it. */
export interface Grown extends BulkDatabase {
  readonly context: AdministrationContext;
}

export type CasesOf<R extends RoomName> = { readonly [N in CaseName<R>]: GrowthCase };

/** A table that grows, and what is asked of it at each size. */
export interface GrowthRoom<R extends RoomName = RoomName> {
  readonly name: R;
  /** Ascending sizes. The last ones of `full` are measured only with `--full`. */
  readonly sizes: Readonly<Record<Database, { readonly usual: readonly number[]; readonly full?: readonly number[] }>>;
  /** Bytes on disk for each row, so that a run does not fill the disk. */
  readonly bytesPerRow: number;
  /** Creates what the cases need besides the rows. */
  begin(grown: Grown): Promise<Growing<R>>;
}

export interface Growing<R extends RoomName> {
  /** Adds rows until there are `to`. */
  grow(from: number, to: number): Promise<void>;
  /** Returns the cases of the present size. */
  cases(size: number): Promise<CasesOf<R>>;
  close?(): Promise<void>;
}

export const OPERATOR = { kind: 'operator', name: 'benchmark' } as const;

/** Rows of a page in all cases. */
export const PAGE = 50;

/**
 * Returns a cursor that stands after `place`, as the page before it would have returned. Getting there page by page
 * would take longer than everything that is measured.
 */
export function cursorAfter({ store }: Grown, list: string, place: string, reader = ''): string {
  return store.material.seal(place, `cursor:${JSON.stringify([list, reader])}`);
}

export function padded(n: number, length = 12): string {
  return String(n).padStart(length, '0');
}
