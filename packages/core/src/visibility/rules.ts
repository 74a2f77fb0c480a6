import type { Denial, Outcome } from '../denial/denial.js';
import type { Explanation } from '../denial/explanation.js';
import type { Caller, InOrganization } from './caller.js';
import type { ResourceAction, Verdict } from './decide.js';
import type { RefusalOptions } from './locked-refusal.js';
import type { Admission, WriteRequest } from './rows/admit-row.js';
import type { ResourceOptions, ResourceWhere } from './shape.js';
import type { ColumnsOf, CreateStamp, LockColumn, UpdateStamp } from './stamp.js';
import type { ResourceView } from './view.js';
import type { WhereAction } from './visibility.js';

/**
 * The rules for one type of resource whose ownership is stored in the service's own columns.
 *
 * Every function that takes a caller first asserts, without waiting, that the caller is still valid. It throws
 * `DeniedError` (401) if the caller was revoked or has expired, and `UnavailableError` if the last sync (read of
 * revocations) is older than the maximum staleness.
 */
export interface ResourceRules<O extends ResourceOptions = ResourceOptions> {
  readonly type: string;
  readonly columns: ColumnsOf<O>;
  readonly content: readonly O['content'][number][];

  /**
   * Returns a condition for the rows that the caller may list, read, update or delete. A filter, such as
   * `kyselyFilter`, adds the condition to a statement.
   *
   * @example
   * db.selectFrom('rule').selectAll().where(kyselyFilter(rules.where(req.auth, 'read')));
   *
   * @throws DeniedError `ERR_ORGANIZATION_REQUIRED`
   */
  where(caller: Caller, action: WhereAction, options?: InOrganization): ResourceWhere<ColumnsOf<O>>;

  /**
   * Copies the rows, with only the parts that the caller may see. Hidden rows are omitted. Withheld content is null in
   * the copy, and the copy has `opaque: true`.
   *
   * Does not change the given rows. Returns undefined for a single row that is hidden or missing.
   *
   * @throws DeniedError `ERR_ORGANIZATION_REQUIRED`
   * @throws TypeError if a row lacks an ownership column.
   */
  view<R extends object>(caller: Caller, rows: readonly R[], options?: InOrganization): ResourceView<R>[];
  view<R extends object>(
    caller: Caller,
    row: R | null | undefined,
    options?: InOrganization,
  ): ResourceView<R> | undefined;

  /**
   * Returns the ownership columns of a new resource for `create`, or the effect of an update on the lock for `update`.
   *
   * @throws DeniedError `ERR_ORGANIZATION_REQUIRED`; `ERR_PERMISSION_MISSING` for a caller without rights in the
   *   organization.
   */
  stamp(caller: Caller, action: 'create', options?: InOrganization): CreateStamp<O>;
  stamp(caller: Caller, action: 'update', options?: InOrganization): UpdateStamp<LockColumn<O>>;

  /**
   * Copies the fields listed in `fields` from a request body and drops the rest. Values are not validated.
   *
   * `fields` must not contain the id, an ownership column or a validator. Without `fields`, all names are copied except
   * the id, ownership columns, validators and `opaque`. Pass `fields` if the result is used in an SQL statement.
   *
   * @throws DeniedError `ERR_VALIDATION` if the body contains a name that is not a plain identifier, or a name that
   *   differs from an ownership column, a content field or a validator only in letter case, underscores, spaces, dots
   *   or full-width characters.
   * @throws OptionError for an invalid list of fields.
   * @example const values = rules.input(req.body, ['name', 'data']);
   */
  input(body: Readonly<Record<string, unknown>>): Record<string, unknown>;
  input<B extends object, const F extends readonly string[]>(body: B, fields: F): { [K in F[number] & keyof B]?: B[K] };

  /**
   * Decides whether the caller may perform an action on one row. Use the result only for display, for example to
   * disable a button. To protect a write, add the condition of `where` to the statement instead.
   */
  check(caller: Caller, row: object | null | undefined, action: ResourceAction, options?: InOrganization): Verdict;

  /**
   * Explains the decision about one row: the rule that applied, and the changes that would reverse the decision. Show
   * the explanation only to operators, because it reveals hidden rows.
   */
  explain(
    caller: Caller,
    row: object | null | undefined,
    action: ResourceAction,
    options?: InOrganization,
  ): Explanation;

  /**
   * Chooses the denial to send after a statement with the condition from `where` matched no row.
   *
   * Before the call, read the row by its id, without that condition, and pass it as `row`. If no row has this id, pass
   * null or undefined.
   */
  refusal(caller: Caller, row: object | null | undefined, action: WhereAction, options?: RefusalOptions): Denial;

  /**
   * Decides whether a write is allowed, and whether it creates or updates the resource.
   *
   * Refuses an upsert without an etag if the caller has the `secret` flair and the existing resource is not secret to
   * that caller. Refuses a patch of withheld content, and a body with a name that `input` refuses.
   */
  admit(
    caller: Caller,
    row: object | null | undefined,
    write: WriteRequest,
    options?: RefusalOptions,
  ): Outcome<Admission>;
}
