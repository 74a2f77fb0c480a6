import { type Catalogue, compileRequirement, type Denial, deny, OptionError, type Requirement } from '@flairgate/core';
import { permit } from '@flairgate/core/internal';
import type { RequestHandler } from 'express';
import { sendDenial } from '../denial/send-denial.js';
import { reportFault } from '../events.js';
import type { GateContext } from '../gate-context.js';
import { noteRequired } from '../protected-resource/required-scope.js';
import { maybeCaller } from '../request/kept-caller.js';
import type { MiddlewareCall, OrganizationOf } from '../request/request.js';
import { decideRequest, organizationOf, parseOrganization, type RequirementOptions } from '../require-permissions.js';
import { filterAnswer } from './filter-answer.js';
import { calledTools, isRpcObject, readMessages, withoutTools } from './rpc-messages.js';

/**
 * Permissions that each tool requires, by the tool's name. A caller needs all permissions of a tool to use it. If a
 * tool's list is empty, every identified caller may use the tool.
 */
export type ToolPermissions<P extends string = string> = Readonly<Record<string, P | readonly P[]>>;

/** Requirements by tool name. Undefined for a tool that requires nothing. */
type Tools = ReadonlyMap<string, Requirement | undefined>;

/**
 * Creates the middleware that requires permissions for the tools of an MCP server.
 *
 * The middleware reads `method` and `params.name` of each message in the parsed body. From each response to
 * `tools/list` it removes the tools that the caller must not call. A tool that is not declared is refused and never
 * listed.
 *
 * @throws OptionError for an unknown permission, or no tools.
 */
export function createRequireToolPermissions(
  context: GateContext,
  given: ToolPermissions,
  options: RequirementOptions | undefined,
): RequestHandler {
  const tools = parseTools(given, context.catalogue);
  const organization = parseOrganization('requireToolPermissions', options);
  const handler: RequestHandler = function requireTools(req, res, next) {
    const called = BODILESS.has(req.method) ? NO_CALL : readCalled(req.body, tools);
    if ('names' in called) decideTools(context, { tools, called, organization }, { req, res, next });
    else sendDenial(req, res, called, context);
  };
  return noteRequired(handler, (req) => requiredFor(req.method ?? 'GET', 'body' in req ? req.body : undefined, tools));
}

/**
 * HTTP methods of requests that call no tool. The response to `GET` is filtered nevertheless, because it may be a
 * stream that contains responses to earlier requests.
 */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/** The tools that a body calls. `isListed` is true if the body also requests the list of tools. */
interface Called {
  readonly names: readonly string[];
  readonly isListed: boolean;
}

const NO_CALL: Called = Object.freeze({ names: Object.freeze([]), isListed: false });

interface ToolDecision {
  readonly tools: Tools;
  readonly called: Called;
  readonly organization: OrganizationOf | undefined;
}

const MALFORMED = Object.freeze(deny('ERR_VALIDATION', { detail: 'the body must be a message of JSON-RPC' }));
const UNDECLARED = Object.freeze(
  deny('ERR_PERMISSION_MISSING', {
    detail: 'no such tool, or none that this server declares',
    reason: 'the tool is not declared in requireToolPermissions',
    members: { missing: [] },
  }),
);

/**
 * Returns the tools that a body calls, or a refusal if the body is not accepted.
 *
 * @throws OptionError if no body parser has run, because calls in an unparsed body would not be checked.
 */
function readCalled(body: unknown, tools: Tools): Called | Denial {
  if (body === undefined) {
    throw new OptionError(
      'requireToolPermissions: a JSON body parser must run before this; mount express.json() earlier',
    );
  }
  const messages = readMessages(body);
  const names = messages === undefined ? undefined : calledTools(messages);
  if (messages === undefined || names === undefined) return MALFORMED;
  if (!names.every((name) => tools.has(name))) return UNDECLARED;
  return { names, isListed: messages.some(({ method }) => method === 'tools/list') };
}

function requiredFor(method: string, body: unknown, tools: Tools): readonly string[] | undefined {
  const messages = BODILESS.has(method) ? undefined : readMessages(body);
  return (messages === undefined ? undefined : calledTools(messages))?.flatMap((name) => tools.get(name)?.names ?? []);
}

function decideTools(
  context: GateContext,
  { tools, called, organization }: ToolDecision,
  { req, res, next }: MiddlewareCall,
): void {
  const requirement = requirementOf(called, tools, context.catalogue);
  decideRequest(
    context,
    {
      ...(requirement === undefined ? {} : { requirement }),
      placeOf: (asked, principal) => (requirement === undefined ? '' : organizationOf(asked, principal, organization)),
      check(principal, oid) {
        const denial = requirement === undefined ? undefined : permit(principal, oid, requirement);
        return denial === undefined ? undefined : { ...denial, organization: oid };
      },
    },
    {
      req,
      res,
      next: (error?: unknown) => {
        if (error !== undefined) next(error);
        else if (!called.isListed && req.method !== 'GET') next();
        else pass(context, { tools, organization, isListed: called.isListed }, { req, res, next });
      },
    },
  );
}

/**
 * Returns one requirement for all tools that a body calls, so that a single refusal lists every missing permission.
 * Returns undefined if the tools require nothing.
 */
function requirementOf({ names }: Called, tools: Tools, catalogue: Catalogue): Requirement | undefined {
  const [first, ...others] = [...new Set(names)].flatMap((name) => tools.get(name) ?? []);
  if (first === undefined || others.length === 0) return first;
  return compileRequirement(
    [first, ...others].flatMap((requirement) => requirement.names),
    catalogue,
    'all',
  );
}

/** Calls `next`, and later removes from the response the tools that the caller must not call. */
function pass(
  context: GateContext,
  { tools, organization, isListed }: Pick<ToolDecision, 'tools' | 'organization'> & { readonly isListed: boolean },
  { req, res, next }: MiddlewareCall,
): void {
  const isShown = (name: unknown): boolean => {
    const principal = maybeCaller(req, context.slot);
    if (typeof name !== 'string' || !tools.has(name) || principal === undefined) return false;
    const requirement = tools.get(name);
    const oid = organizationOf(req, principal, organization);
    return requirement === undefined || (typeof oid === 'string' && permit(principal, oid, requirement) === undefined);
  };
  filterAnswer(res, {
    isListed,
    change(text) {
      const message: unknown = JSON.parse(text);
      const shown = withoutTools(message, isShown);
      return shown === message ? text : JSON.stringify(shown);
    },
    fail(reason) {
      reportFault(reason);
      sendDenial(req, res, deny('ERR_INTERNAL'), context);
    },
  });
  next();
}

function parseTools(given: ToolPermissions, catalogue: Catalogue): Tools {
  if (!isRpcObject(given) || Object.keys(given).length === 0) {
    throw new OptionError("requireToolPermissions: must be an object such as { 'delete-rule': 'dr.del' }");
  }
  return new Map(
    Object.entries(given).map(([tool, permissions]) => {
      const names: readonly string[] = typeof permissions === 'string' ? [permissions] : permissions;
      if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
        throw new OptionError(`requireToolPermissions: ${tool} must have a permission, or a list of permissions`);
      }
      return [tool, names.length === 0 ? undefined : compileRequirement(names, catalogue, 'all')];
    }),
  );
}
