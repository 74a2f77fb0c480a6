import { DeniedError } from '@flairgate/core';
import { expiryOf } from '@flairgate/core/internal';
import type { Request } from 'express';
import type { GateContext } from '../gate-context.js';
import { flag, optionObject } from '../options.js';
import { denialStyle } from '../protected-resource/resource-style.js';
import { callerOf, requireKept } from '../request/kept-caller.js';
import { organizationOf, parseOrganization, type RequirementOptions } from '../require-permissions.js';

/** Options of `gate.mcpAuthInfo`. */
export interface McpAuthInfoOptions extends RequirementOptions {
  /**
   * True if `token` has the credential of the caller. Tools that get it can pass it on, so leave it out wherever they
   * do not need it.
   * @default false
   */
  readonly token?: boolean;
}

/** Caller of a request, in the form `AuthInfo` of the MCP SDK. */
export interface McpAuthInfo {
  /** Empty, unless the option `token` asks for the credential. */
  token: string;
  /** Id of the caller's key, or its identity if its token is from another issuer. */
  clientId: string;
  /** Permissions in the organization, as the gate writes them in `scope`. */
  scopes: string[];
  /** Unix time at which the credential expires. Absent if it does not. */
  expiresAt?: number;
  /** Caller's identity, the organization, and its flairs there. */
  extra: { identity: string; oid: string; flairs: string[] };
}

/**
 * Returns the caller of a request in the form that the MCP SDK gives to tools.
 *
 * @throws OptionError if `authenticate` has not run; DeniedError for an anonymous caller, and for one with several
 *   organizations if the options do not name one.
 */
export function mcpAuthInfo(context: GateContext, req: Request, options: McpAuthInfoOptions | undefined): McpAuthInfo {
  const { token, ...where } = optionObject('mcpAuthInfo', options);
  const isTokenAsked = flag('mcpAuthInfo.token', token);
  const organization = parseOrganization('mcpAuthInfo', where);
  const principal = callerOf(req, context);
  const oid = organizationOf(req, principal, organization);
  if (typeof oid !== 'string') throw new DeniedError(oid, denialStyle(req, oid, context));
  const { credential } = requireKept(req, context.slot);
  const view = principal.in(oid);
  const expiresAt = expiryOf(principal);
  const { scopeSeparator = '.' } = context;
  return {
    token: isTokenAsked && 'text' in credential ? credential.text : '',
    clientId: principal.keyId ?? principal.identity,
    scopes: (view?.permissions ?? []).map((name) => name.replaceAll('.', scopeSeparator)),
    ...(expiresAt === undefined ? {} : { expiresAt: Math.floor(expiresAt / 1000) }),
    extra: { identity: principal.identity, oid, flairs: [...(view?.flairs ?? [])] },
  };
}
