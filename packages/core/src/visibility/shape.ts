import type { OwnershipColumns } from './columns.js';
import type { Tenancy, Visibility } from './visibility.js';

/** Options of `createResourceRules`. */
export interface ResourceOptions {
  /** Name of the type, such as `rule`: 1 to 64 letters, digits, dots, dashes and underscores, a letter first. */
  readonly type: string;
  /** Columns that differ from `id`, `oid`, `created_by`, `locked_by`, `secret_to`. */
  readonly columns?: Partial<OwnershipColumns>;
  /** Fields that `secret` withholds. All other fields are visible to every caller that may know the resource. */
  readonly content: readonly string[];
  /**
   * Fields derived from content, such as an etag, a digest or a size. They are omitted if content is withheld.
   *
   * @default []
   */
  readonly validators?: readonly string[];
  /**
   * `column` if rows name their organization; `single` if the table belongs to one organization.
   *
   * @default 'column'
   */
  readonly tenancy?: Tenancy;
  /**
   * `show` keeps the columns `createdBy`, `lockedBy` and `secretTo` in views.
   *
   * @default 'hide'
   */
  readonly ownership?: 'hide' | 'show';
  /**
   * `upper` if the column of the organization holds UUIDs in capitals. Ids of resources are never changed.
   *
   * @default 'lower'
   */
  readonly organizationCase?: 'lower' | 'upper';
}

/** Parsed `ResourceOptions`, with defaults. Frozen. */
export interface ResourceShape {
  readonly type: string;
  readonly columns: OwnershipColumns;
  readonly content: readonly string[];
  readonly validators: readonly string[];
  readonly tenancy: Tenancy;
  readonly ownership: 'hide' | 'show';
  readonly organizationCase: 'lower' | 'upper';
}

/** A set of rows and the names of the columns that define it. A filter turns it into a condition of a query layer. */
export interface ResourceWhere<Columns extends OwnershipColumns = OwnershipColumns> {
  readonly visibility: Visibility;
  readonly columns: Columns;
}
