import {
  compileRequirement,
  type Denial,
  decidePermissions,
  deny,
  isDenial,
  OptionError,
  type Principal,
  type RequirementMode,
} from '@flairgate/core';
import { assertKnownOptions } from '@flairgate/core/internal';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { sendDenial, sendFault } from './denial/send-denial.js';
import type { GateContext } from './gate-context.js';
import { optionalFunction, optionObject } from './options.js';
import {
  countedKept,
  currentCaller,
  type Decision,
  type KeptCaller,
  noteDecision,
  requireKept,
} from './request/kept-caller.js';

/** Options of `gate.requirePermissions` and `gate.requireAnyPermission`, after the names. */
export interface RequirementOptions {
  /**
   * Names the organization the permissions are needed in, such as `(req) => req.params.oid`. Not needed where every
   * caller has one organization. Anything but text is refused; undefined means the caller's only one.
   */
  readonly organization?: OrganizationOf;
}

/** Reads the id of an organization from a request. Express types parameters and queries loosely, hence unknown. */
export type OrganizationOf = (req: Request) => unknown;

/** Names, and the options last. */
export type RequirementArguments = readonly string[] | readonly [...names: string[], options: RequirementOptions];

const NO_BITS: readonly number[] = Object.freeze([]);

/**
 * Makes the middleware that lets a caller on only with these permissions, all or any of them, in one organization.
 *
 * Another organization is answered as a missing permission. Families are expanded here, once. Judges the caller as it is
 * when the middleware runs: one that has ended since it was authenticated is read again first.
 *
 * @throws OptionError for no name, an unknown one, an empty family, or an unknown option.
 */
export function createRequirePermissions(
  context: GateContext,
  mode: RequirementMode,
  given: RequirementArguments,
): RequestHandler {
  const { names, organization } = parseArguments(given);
  const requirement = compileRequirement(names, context.catalogue, mode);
  return createDecision(context, {
    placeOf: (req, principal) => organizationOf(req, principal, organization),
    judge(principal, oid) {
      const judgement = decidePermissions(requirement, principal.in(oid)?.bits ?? NO_BITS);
      return judgement.allowed ? undefined : { ...denyMissing(judgement.missing), organization: oid };
    },
  });
}

/**
 * Makes the middleware that lets on only a user: their key, their API-user key, or a token of either.
 *
 * `what` completes the refusal: `only a user can …`.
 */
export function createRequireUser(context: GateContext, what: string): RequestHandler {
  if (typeof what !== 'string' || what.trim() === '') {
    throw new OptionError('requireUser: write what only a user can do, such as `create an organization`');
  }
  const refusal = Object.freeze(deny('ERR_USER_REQUIRED', { detail: `only a user can ${what}` }));
  return createDecision(context, {
    placeOf: () => '',
    judge: ({ uid }) => (uid === undefined ? refusal : undefined),
  });
}

/** A decision about a request. */
interface RequestDecision extends Decision {
  /** Returns the organization it is about, or the refusal where that cannot be told. */
  placeOf(req: Request, principal: Principal): string | Denial;
}

function createDecision(context: GateContext, decision: RequestDecision): RequestHandler {
  return function decide(req, res, next) {
    const kept = countedKept(req, context);
    if (kept === undefined) {
      decideLater(context, decision, { req, res, next });
      return;
    }
    const denial = denialOf(decision, req, kept, kept.principal);
    if (denial === undefined) next();
    else sendDenial(req, res, denial, context);
  };
}

interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly next: NextFunction;
}

function decideLater(context: GateContext, decision: RequestDecision, { req, res, next }: Exchange): void {
  currentCaller(req, context)
    .then((answer) => {
      const denial = isDenial(answer) ? answer : denialOf(decision, req, requireKept(req, context.slot), answer);
      if (denial === undefined) next();
      else sendDenial(req, res, denial, context);
    })
    .catch((fault: unknown) => sendFault(req, res, next, fault, context))
    .catch(next);
}

function denialOf(decision: RequestDecision, req: Request, kept: KeptCaller, principal: Principal): Denial | undefined {
  const oid = decision.placeOf(req, principal);
  if (typeof oid !== 'string') return oid;
  const denial = decision.judge(principal, oid);
  if (denial === undefined) noteDecision(kept, decision, oid);
  return denial;
}

/** The organization a requirement is about; its refusal where the caller has several and none is named. */
export function organizationOf(
  req: Request,
  principal: Principal,
  organization: OrganizationOf | undefined,
): string | Denial {
  const named = organization?.(req);
  if (typeof named === 'string' && named !== '') return named;
  // Two values of one query field come as a list: whichever the handler picks, it was not judged.
  if (named !== undefined) return deny('ERR_ORGANIZATION_REQUIRED', { reason: 'the organization is not one text' });
  const { organizations } = principal;
  return organizations.length > 1 ? deny('ERR_ORGANIZATION_REQUIRED') : (organizations[0] ?? '');
}

function denyMissing(missing: readonly string[]): Denial {
  return deny('ERR_PERMISSION_MISSING', { detail: `missing permission: ${missing.join(', ')}`, members: { missing } });
}

function parseArguments(given: RequirementArguments): { names: readonly string[]; organization?: OrganizationOf } {
  const args: readonly (string | RequirementOptions)[] = given;
  const last = args.at(-1);
  const options = typeof last === 'string' ? undefined : last;
  const names = args.filter((argument) => typeof argument === 'string');
  if (names.length + (options === undefined ? 0 : 1) !== args.length) {
    throw new OptionError('requirePermissions: write permissions as text, then the options if any');
  }
  const parsed = optionObject('requirePermissions', options);
  assertKnownOptions('requirePermissions', parsed, ['organization']);
  const organization = optionalFunction('requirePermissions.organization', parsed.organization);
  return organization === undefined ? { names } : { names, organization };
}
