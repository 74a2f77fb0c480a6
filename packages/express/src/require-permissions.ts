import {
  compileRequirement,
  type Denial,
  deny,
  isDenial,
  OptionError,
  type Principal,
  type Requirement,
  type RequirementMode,
} from '@flairgate/core';
import { assertKnownOptions, permit } from '@flairgate/core/internal';
import type { Request, RequestHandler } from 'express';
import { sendDenial, sendFault } from './denial/send-denial.js';
import type { GateContext } from './gate-context.js';
import { optionalFunction, optionObject } from './options.js';
import { noteRequired } from './protected-resource/required-scope.js';
import type { Decision } from './request/caller-slot.js';
import {
  countedKept,
  currentCaller,
  hasPrincipal,
  type KeptPrincipal,
  MISSING,
  noteDecision,
  requireKept,
} from './request/kept-caller.js';
import type { MiddlewareCall, OrganizationOf } from './request/request.js';

/** Options of `gate.requirePermissions` and `gate.requireAnyPermission`, passed after the permission names. */
export interface RequirementOptions {
  /**
   * Function that returns the organization in which the permissions are needed, such as `(req) => req.params.oid`. The
   * option is not needed if each caller has only one organization.
   *
   * If the function returns undefined, the caller's only organization is used, and a caller with several organizations
   * is refused. If the function returns an empty string or a value that is not a string, the request is refused.
   */
  readonly organization?: OrganizationOf;
}

/** Names of permissions, optionally followed by the options. */
export type RequirementArguments = readonly string[] | readonly [...names: string[], options: RequirementOptions];

/**
 * Creates the middleware that requires permissions in one organization: all of them, or any one of them if `mode` is
 * `any`.
 *
 * If the caller does not belong to the organization, the request is refused as if a permission were missing. Permission
 * families such as `dr.*` are expanded once, when the middleware is created. If the caller's principal is no longer
 * valid when the middleware runs, the caller is identified again before the check.
 *
 * @throws OptionError for no name, an unknown name, an empty family, or an unknown option.
 */
export function createRequirePermissions(
  context: GateContext,
  mode: RequirementMode,
  given: RequirementArguments,
): RequestHandler {
  const { names, organization } = parseArguments(given);
  const requirement = compileRequirement(names, context.catalogue, mode);
  const handler = createDecision(context, {
    requirement,
    placeOf: (req, principal) => organizationOf(req, principal, organization),
    check(principal, oid) {
      const denial = permit(principal, oid, requirement);
      return denial === undefined ? undefined : { ...denial, organization: oid };
    },
  });
  return mode === 'all' ? noteRequired(handler, () => requirement.names) : handler;
}

/**
 * Creates the middleware that requires a user's credential: a key of the user, the user's API-user key, or a token from
 * one of these keys.
 *
 * `what` completes the refusal: `only a user can …`.
 *
 * @throws OptionError for an empty text.
 */
export function createRequireUser(context: GateContext, what: string): RequestHandler {
  if (typeof what !== 'string' || what.trim() === '') {
    throw new OptionError('requireUser: must be what only a user can do, such as `create an organization`');
  }
  const refusal = Object.freeze(deny('ERR_USER_REQUIRED', { detail: `only a user can ${what}` }));
  return createDecision(context, {
    placeOf: () => '',
    check: ({ uid }) => (uid === undefined ? refusal : undefined),
  });
}

/** Check that a request must pass, in an organization that depends on the request. */
export interface RequestDecision extends Decision {
  /** Permissions that are checked, so that their use can be counted. Absent if the check is not about permissions. */
  readonly requirement?: Requirement;
  /** Returns the organization in which to check the caller, or a refusal if the organization cannot be determined. */
  placeOf(req: Request, principal: Principal): string | Denial;
}

/**
 * Checks the request's caller, and then calls `next` or sends the refusal. The caller is identified again before the
 * check, unless the stored principal is known to be valid.
 */
export function decideRequest(context: GateContext, decision: RequestDecision, call: MiddlewareCall): void {
  createDecision(context, decision)(call.req, call.res, call.next);
}

/**
 * Creates the middleware that makes a decision. The middleware allocates nothing for a request that passes immediately.
 */
function createDecision(context: GateContext, decision: RequestDecision): RequestHandler {
  return function decide(req, res, next) {
    const kept = countedKept(req, context);
    const denial = kept === undefined ? undefined : checkDecision(context, decision, req, kept);
    if (kept === undefined) respondLater(context, decision, { req, res, next });
    else if (denial === undefined) next();
    else sendDenial(req, res, denial, context);
  };
}

function respondLater(context: GateContext, decision: RequestDecision, { req, res, next }: MiddlewareCall): void {
  currentCaller(req, context)
    .then((answer) => {
      const kept = requireKept(req, context.slot);
      const denial = isDenial(answer) || !hasPrincipal(kept) ? answer : checkDecision(context, decision, req, kept);
      if (denial === undefined) next();
      else sendDenial(req, res, isDenial(denial) ? denial : MISSING, context);
    })
    .catch((fault: unknown) => sendFault({ req, res, next }, fault, context))
    .catch(next);
}

function checkDecision(
  { slot: { usage } }: GateContext,
  decision: RequestDecision,
  req: Request,
  kept: KeptPrincipal,
): Denial | undefined {
  const { principal } = kept;
  const oid = decision.placeOf(req, principal);
  if (typeof oid !== 'string') return oid;
  const denial = decision.check(principal, oid);
  if (usage !== undefined && decision.requirement !== undefined) {
    if (kept.decision === undefined) usage.countCallIn(principal, oid);
    if (denial === undefined) usage.countPermitted(principal, oid, decision.requirement);
  }
  if (denial === undefined) noteDecision(kept, decision, oid);
  return denial;
}

/**
 * Returns the organization in which to check the caller: the one that `organization` returns for the request, otherwise
 * the caller's only organization. Returns an empty string if the caller has no organization.
 *
 * Returns a refusal if `organization` returns an empty string, or a value that is neither a string nor undefined. Also
 * returns a refusal if no organization is named and the caller has several.
 */
export function organizationOf(
  req: Request,
  principal: Principal,
  organization: OrganizationOf | undefined,
): string | Denial {
  const named = organization?.(req);
  if (typeof named === 'string' && named !== '') return named;
  // A repeated query parameter arrives as a list. The handler could use any value of the list, and no value has been
  // checked.
  if (named !== undefined) return deny('ERR_ORGANIZATION_REQUIRED', { reason: 'the organization is not one text' });
  const { organizations } = principal;
  return organizations.length > 1 ? deny('ERR_ORGANIZATION_REQUIRED') : (organizations[0] ?? '');
}

/**
 * Parses the options of a requirement, and returns the option `organization`.
 *
 * @throws OptionError
 */
export function parseOrganization(owner: string, options: RequirementOptions | undefined): OrganizationOf | undefined {
  const parsed = optionObject(owner, options);
  assertKnownOptions(owner, parsed, ['organization']);
  return optionalFunction(`${owner}.organization`, parsed.organization);
}

function parseArguments(given: RequirementArguments): { names: readonly string[]; organization?: OrganizationOf } {
  const args: readonly (string | RequirementOptions)[] = given;
  const last = args.at(-1);
  const options = typeof last === 'string' ? undefined : last;
  const names = args.filter((argument) => typeof argument === 'string');
  if (names.length + (options === undefined ? 0 : 1) !== args.length) {
    throw new OptionError('requirePermissions: must be permissions as text, then the options if any');
  }
  if (Array.isArray(last)) {
    throw new OptionError("requirePermissions: must be permissions as separate texts, such as 'dr.list', 'dr.set'");
  }
  const organization = parseOrganization('requirePermissions', options);
  return organization === undefined ? { names } : { names, organization };
}
