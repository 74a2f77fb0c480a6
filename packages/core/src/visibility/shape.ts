import type { OwnershipColumns } from './columns.js';
import type { Tenancy, Visibility } from './visibility.js';

/** Options of `createResourceRules`. */
export interface ResourceOptions {
  /** What the resources are called, such as `rule`: a word of letters, digits, dots, dashes and underscores. */
  readonly type: string;
  /** Columns that differ from `id`, `oid`, `created_by`, `locked_by`, `secret_to`. */
  readonly columns?: Partial<OwnershipColumns>;
  /** Fields that `secret` withholds. Everything else in a row stays visible to whoever may know the resource. */
  readonly content: readonly string[];
  /** Fields derived from content, such as an etag, a digest or a size: left out where content is withheld. Default none. */
  readonly validators?: readonly string[];
  /** Whether rows name their organization. Default `column`. */
  readonly tenancy?: Tenancy;
  /** Whether views keep the columns `createdBy`, `lockedBy` and `secretTo`. Default `hide`. */
  readonly ownership?: 'hide' | 'show';
}

/** `ResourceOptions` after parsing: defaults filled in, frozen. */
export interface ResourceShape {
  readonly type: string;
  readonly columns: OwnershipColumns;
  readonly content: readonly string[];
  readonly validators: readonly string[];
  readonly tenancy: Tenancy;
  readonly ownership: 'hide' | 'show';
}

/** Which rows, and by which column names; what a filter turns into its query layer's condition. */
export interface ResourceWhere<Columns extends OwnershipColumns = OwnershipColumns> {
  readonly visibility: Visibility;
  readonly columns: Columns;
}
