import type { Denial, Outcome } from '../denial/denial.js';
import type { Explanation } from '../denial/explanation.js';
import type { Admission, WriteRequest } from './admit-row.js';
import type { Caller, InOrganization } from './caller.js';
import type { ResourceAction, Verdict } from './decide.js';
import type { RefusalOptions } from './locked-refusal.js';
import type { ResourceOptions, ResourceWhere } from './shape.js';
import type { ColumnsOf, CreateStamp, LockColumn, UpdateStamp } from './stamp.js';
import type { ResourceView } from './view.js';
import type { WhereAction } from './visibility.js';

/**
 * The rules of one type of resource whose ownership stands in the service's own columns.
 *
 * Every function that takes a caller asserts that it still counts, without waiting: it throws `DeniedError` (401) once
 * the caller has ended, and `UnavailableError` when what is known of revocations is older than the bound.
 */
export interface ResourceRules<O extends ResourceOptions = ResourceOptions> {
  readonly type: string;
  readonly columns: ColumnsOf<O>;
  readonly content: readonly O['content'][number][];

  /**
   * Says which rows the caller may list, read, update or delete. Goes into the statement itself, by a filter.
   *
   * @throws DeniedError `ERR_ORGANIZATION_REQUIRED`
   */
  where(caller: Caller, action: WhereAction, options?: InOrganization): ResourceWhere<ColumnsOf<O>>;

  /**
   * Copies what the caller may see: hidden rows are left out, withheld content is null with `opaque: true` beside it.
   *
   * Never changes the rows it is given. A hidden or missing single row gives undefined.
   *
   * @throws DeniedError `ERR_ORGANIZATION_REQUIRED`; TypeError when a row lacks an ownership column.
   */
  view<R extends object>(caller: Caller, rows: readonly R[], options?: InOrganization): ResourceView<R>[];
  view<R extends object>(
    caller: Caller,
    row: R | null | undefined,
    options?: InOrganization,
  ): ResourceView<R> | undefined;

  /**
   * Gives the ownership columns of a new resource, or says what an update does to the lock.
   *
   * @throws DeniedError `ERR_ORGANIZATION_REQUIRED`; `ERR_PERMISSION_MISSING` where the caller has nothing to do.
   */
  stamp(caller: Caller, action: 'create', options?: InOrganization): CreateStamp<O>;
  stamp(caller: Caller, action: 'update', options?: InOrganization): UpdateStamp<LockColumn<O>>;

  /**
   * Copies the fields that a caller may set: those of `fields`, which are no id, ownership column or validator.
   *
   * Other plain names are left out. Values are copied as they are: validate them first. Without `fields` everything is copied but the id, ownership columns, validators and
   * `opaque`: name the fields wherever the body goes into a statement.
   *
   * @throws DeniedError `ERR_VALIDATION` for a body with a name that is not plain, or that spells one of the rules'
   * names in another way: letter case, `_`, spaces, dots, full width. OptionError for a bad list of fields.
   * @example
   * const values = rules.input(req.body, ['name', 'data']);
   */
  input(body: Readonly<Record<string, unknown>>): Record<string, unknown>;
  input<B extends object, const F extends readonly string[]>(body: B, fields: F): { [K in F[number] & keyof B]?: B[K] };

  /** Decides about one row, for display. A write puts `where` into its statement instead. */
  check(caller: Caller, row: object | null | undefined, action: ResourceAction, options?: InOrganization): Verdict;

  /** Says what was decided, by which rule, and what would change it. For operators; it tells of hidden rows. */
  explain(
    caller: Caller,
    row: object | null | undefined,
    action: ResourceAction,
    options?: InOrganization,
  ): Explanation;

  /** Chooses the refusal after a statement touched no row. `row` is the row with that id, read without `where`. */
  refusal(caller: Caller, row: object | null | undefined, action: WhereAction, options?: RefusalOptions): Denial;

  /**
   * Says whether a write may go on: create or update, an upsert not blind where it must not be, no patch of withheld
   * content. A body with a name that `input` refuses is refused, whatever the row is.
   */
  admit(
    caller: Caller,
    row: object | null | undefined,
    write: WriteRequest,
    options?: RefusalOptions,
  ): Outcome<Admission>;
}
