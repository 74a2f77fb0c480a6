import { deny } from '../denial/denial-table.js';
import { DeniedError, OptionError } from '../denial/errors.js';
import { assertKnownOptions } from '../options/assert-known-options.js';
import type { OrganizationCaller } from '../principal/organization-caller.js';
import { hasUuidForm } from '../principal/organization-id.js';
import { type Caller, type InOrganization, organizationCallerOf } from './caller.js';
import { type OwnershipColumns, parseColumns, parseFields } from './columns.js';
import { HIDDEN } from './decide.js';
import { explainRow } from './explain.js';
import { assertSettable, fieldNames } from './field-names.js';
import { foldName, TYPE_NAME } from './plain-name.js';
import { chooseRefusal } from './refusal.js';
import { admitRow } from './rows/admit-row.js';
import { decideRow } from './rows/decide-row.js';
import type { ResourceRules } from './rules.js';
import type { ResourceOptions, ResourceShape } from './shape.js';
import { type CreateStamp, createStamp, type UpdateStamp, updateStamp } from './stamp.js';
import { type ResourceView, viewRows } from './view.js';
import { NONE, type Tenancy, visibilityOf } from './visibility.js';

const RESOURCE_OPTIONS = ['type', 'columns', 'content', 'validators', 'tenancy', 'ownership', 'organizationCase'];

/**
 * Creates the rules for one type of resource that a service stores in its own table.
 *
 * @throws OptionError for an unknown option, an invalid name, or a field that is listed twice.
 * @example
 * const rules = createResourceRules({ type: 'rule', content: ['data'] });
 * const where = rules.where(req.auth, 'read');
 * const answer = rules.view(req.auth, rows);
 */
export function createResourceRules<const O extends ResourceOptions>(options: O): ResourceRules<O>;
export function createResourceRules(options: ResourceOptions): ResourceRules {
  const shape = parseResourceOptions(options);
  return Object.freeze({
    type: shape.type,
    columns: shape.columns,
    content: shape.content,
    where(caller, action, organization) {
      const organizationCaller = organizationCallerIn(shape, caller, organization);
      const visibility =
        organizationCaller === undefined ? NONE : visibilityOf(organizationCaller, action, shape.tenancy);
      return { visibility, columns: shape.columns };
    },
    ...viewing(shape),
    ...writing(shape),
  } satisfies ResourceRules);
}

function viewing(shape: ResourceShape): Pick<ResourceRules, 'view' | 'check' | 'explain'> {
  function view<R extends object>(caller: Caller, rows: readonly R[], options?: InOrganization): ResourceView<R>[];
  function view<R extends object>(
    caller: Caller,
    row: R | null | undefined,
    options?: InOrganization,
  ): ResourceView<R> | undefined;
  function view<R extends object>(
    caller: Caller,
    given: R | readonly R[] | null | undefined,
    organization?: InOrganization,
  ) {
    const organizationCaller = organizationCallerIn(shape, caller, organization);
    if (organizationCaller === undefined) return isList(given) ? [] : undefined;
    if (isList(given)) return viewRows(shape, organizationCaller, given);
    return given === undefined || given === null ? undefined : viewRows(shape, organizationCaller, [given])[0];
  }
  return {
    view,
    check(caller, row, action, organization) {
      const organizationCaller = organizationCallerIn(shape, caller, organization);
      return organizationCaller === undefined || !row ? HIDDEN : decideRow(shape, organizationCaller, row, action);
    },
    explain(caller, row, action, organization) {
      return explainRow(shape, organizationCallerIn(shape, caller, organization), row ?? undefined, action);
    },
  };
}

function writing(shape: ResourceShape): Pick<ResourceRules, 'stamp' | 'input' | 'refusal' | 'admit'> {
  function stamp(caller: Caller, action: 'create', options?: InOrganization): CreateStamp;
  function stamp(caller: Caller, action: 'update', options?: InOrganization): UpdateStamp;
  function stamp(caller: Caller, action: 'create' | 'update', organization?: InOrganization) {
    const organizationCaller = requireOrganizationCaller(shape, caller, organization);
    return action === 'create' ? createStamp(shape, organizationCaller) : updateStamp(shape, organizationCaller);
  }
  const names = fieldNames(shape);
  function input(body: Readonly<Record<string, unknown>>): Record<string, unknown>;
  function input<B extends object, const F extends readonly string[]>(
    body: B,
    fields: F,
  ): { [K in F[number] & keyof B]?: B[K] };
  function input(body: Readonly<Record<string, unknown>>, fields?: readonly string[]) {
    if (fields !== undefined) assertSettable(fields, names);
    const denial = names.check(body);
    if (denial !== undefined) throw new DeniedError(denial);
    const taken = (name: string) => (fields === undefined ? !names.reserved.has(name) : fields.includes(name));
    return Object.fromEntries(Object.entries(body).filter(([name]) => taken(name)));
  }
  return {
    stamp,
    input,
    refusal(caller, row, action, options = {}) {
      return chooseRefusal(
        { shape, caller: organizationCallerIn(shape, caller, options), row: row ?? undefined },
        action,
        options,
      );
    },
    admit(caller, row, write, options = {}) {
      const denial = write.kind === 'create' ? undefined : names.check(write.body);
      return (
        denial ??
        admitRow({ shape, caller: organizationCallerIn(shape, caller, options), row: row ?? undefined }, write, options)
      );
    },
  };
}

function requireOrganizationCaller(
  shape: ResourceShape,
  caller: Caller,
  organization?: InOrganization,
): OrganizationCaller {
  const organizationCaller = organizationCallerIn(shape, caller, organization);
  if (organizationCaller === undefined) throw new DeniedError(deny('ERR_PERMISSION_MISSING', { reason: 'elsewhere' }));
  return organizationCaller;
}

/**
 * Returns the caller with its rights in the organization. Its `oid` is in the letter case in which the database column
 * stores ids.
 */
function organizationCallerIn(
  { organizationCase }: ResourceShape,
  caller: Caller,
  organization?: InOrganization,
): OrganizationCaller | undefined {
  const organizationCaller = organizationCallerOf(caller, organization);
  if (organizationCaller === undefined || organizationCase === 'lower' || !hasUuidForm(organizationCaller.oid))
    return organizationCaller;
  return Object.create(organizationCaller, { oid: { value: organizationCaller.oid.toUpperCase(), enumerable: true } });
}

function parseResourceOptions(options: ResourceOptions): ResourceShape {
  assertKnownOptions('resources', options, RESOURCE_OPTIONS);
  if (typeof options.type !== 'string' || !TYPE_NAME.test(options.type)) {
    throw new OptionError('resources.type: must be a word for the resources, such as `rule`');
  }
  const tenancy = oneOf<Tenancy>('resources.tenancy', options.tenancy, ['column', 'single']);
  const columns = parseColumns(options.columns ?? {}, tenancy);
  return Object.freeze({
    type: options.type,
    columns,
    content: parseFields('resources.content', options.content, columns),
    validators: parseValidators(options, columns),
    tenancy,
    ownership: oneOf('resources.ownership', options.ownership, ['hide', 'show']),
    organizationCase: oneOf('resources.organizationCase', options.organizationCase, ['lower', 'upper']),
  });
}

function parseValidators({ content, validators = [] }: ResourceOptions, columns: OwnershipColumns): readonly string[] {
  const names = parseFields('resources.validators', validators, columns);
  const both = names.find((name) => content.some((other) => foldName(other) === foldName(name)));
  if (both !== undefined) throw new OptionError(`resources.validators: \`${both}\` must not be content as well`);
  return names;
}

/**
 * Returns the given value, or the first value of `known` if none is given. @throws OptionError for a value not in
 * `known`
 */
function oneOf<T extends string>(option: string, given: T | undefined, known: readonly [T, ...T[]]): T {
  const value = given ?? known[0];
  if (!known.includes(value)) throw new OptionError(`${option}: must be one of ${known.join(', ')}`);
  return value;
}

function isList<R>(given: R | readonly R[] | null | undefined): given is readonly R[] {
  return Array.isArray(given);
}
