import type { OrganizationCaller } from '../principal/organization-caller.js';
import type { OwnershipColumns } from './columns.js';
import type { ResourceOptions, ResourceShape } from './shape.js';

/**
 * Name of an ownership column: the name in the options, or the default name. The type is `string` if the compiler does
 * not know the options.
 */
type NameOf<O extends ResourceOptions, Field extends string, Default extends string> = ResourceOptions extends O
  ? string
  : O extends { readonly columns: infer Columns }
    ? Field extends keyof Columns
      ? Extract<Columns[Field], string>
      : Default
    : Default;

/** Column names as literal types, taken from the options. */
export interface ColumnsOf<O extends ResourceOptions> extends OwnershipColumns {
  readonly id: NameOf<O, 'id', 'id'>;
  readonly organization: NameOf<O, 'organization', 'oid'>;
  readonly createdBy: NameOf<O, 'createdBy', 'created_by'>;
  readonly lockedBy: LockColumn<O>;
  readonly secretTo: NameOf<O, 'secretTo', 'secret_to'>;
}

/** Name of the column that contains the lock. */
export type LockColumn<O extends ResourceOptions> = NameOf<O, 'lockedBy', 'locked_by'>;

/**
 * The ownership columns of a new row, ready to insert. Spread these columns last, so that a request body cannot
 * override them.
 */
export type CreateStamp<O extends ResourceOptions = ResourceOptions> = ResourceOptions extends O
  ? Readonly<Record<string, string | null>>
  : (O extends { readonly tenancy: 'single' }
      ? unknown
      : { readonly [K in NameOf<O, 'organization', 'oid'>]: string }) & {
      readonly [K in NameOf<O, 'createdBy', 'created_by'>]: string;
    } & { readonly [K in LockColumn<O> | NameOf<O, 'secretTo', 'secret_to'>]: string | null };

/**
 * The effect of an update on the lock: either no effect, or `identity` takes the lock if the lock is free.
 *
 * `passes` is true if the update may reach a row that is locked by an identity other than `identity`. The update must
 * not overwrite that lock.
 */
export type UpdateStamp<Lock extends string = string> =
  | { readonly kind: 'none' }
  | { readonly kind: 'take-lock'; readonly column: Lock; readonly identity: string; readonly passes: boolean };

/** Creates the ownership columns for a resource that a caller creates. */
export function createStamp(
  { columns, tenancy }: ResourceShape,
  caller: OrganizationCaller,
): Readonly<Record<string, string | null>> {
  return {
    ...(tenancy === 'column' ? { [columns.organization]: caller.oid } : {}),
    [columns.createdBy]: caller.identity,
    [columns.lockedBy]: caller.lock ? caller.identity : null,
    [columns.secretTo]: caller.secret ? caller.secretId : null,
  };
}

/** Returns how an update by a caller affects the lock. */
export function updateStamp({ columns }: ResourceShape, caller: OrganizationCaller): UpdateStamp {
  if (!caller.lock) return { kind: 'none' };
  return { kind: 'take-lock', column: columns.lockedBy, identity: caller.identity, passes: caller.root };
}
