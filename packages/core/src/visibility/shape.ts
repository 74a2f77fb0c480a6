import type { OwnershipColumns } from './columns.js';
import type { Tenancy, Visibility } from './visibility.js';

/** Options of `createResourceRules`. */
export interface ResourceOptions {
  /**
   * Name of the resource type, such as `rule`: 1 to 64 letters, digits, dots, dashes and underscores, starting with a
   * letter.
   */
  readonly type: string;
  /** Column names, if they differ from `id`, `oid`, `created_by`, `locked_by` and `secret_to`. */
  readonly columns?: Partial<OwnershipColumns>;
  /**
   * Fields that the `secret` flair withholds. All other fields are visible to every caller that may know of the
   * resource.
   */
  readonly content: readonly string[];
  /**
   * Fields computed from content, such as an etag, a digest or a size. They are omitted if content is withheld.
   *
   * @default []
   */
  readonly validators?: readonly string[];
  /**
   * `column` if a column of each row contains the organization id. `single` if all rows belong to one organization.
   *
   * @default 'column'
   */
  readonly tenancy?: Tenancy;
  /**
   * `show` to include the columns `createdBy`, `lockedBy` and `secretTo` in views.
   *
   * @default 'hide'
   */
  readonly ownership?: 'hide' | 'show';
  /**
   * `upper` if the organization column contains UUIDs in upper case. Ids of resources are never changed.
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

/**
 * The result of `rules.where`: the rows that a caller may reach with a statement, and the names of the columns to
 * compare. A filter, such as `kyselyFilter`, converts this result to a condition in the format of a query layer.
 */
export interface ResourceWhere<Columns extends OwnershipColumns = OwnershipColumns> {
  readonly visibility: Visibility;
  readonly columns: Columns;
}
