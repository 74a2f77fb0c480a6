import { DeniedError } from '@flairgate/core';
import { assertKnownOptions, expiryOf } from '@flairgate/core/internal';
import type { Request } from 'express';
import type { GateContext } from '../gate-context.js';
import { flag, optionObject } from '../options.js';
import { denialStyle } from '../protected-resource/resource-style.js';
import { callerOf, requireKept } from '../request/kept-caller.js';
import { organizationOf, parseOrganization, type RequirementOptions } from '../require-permissions.js';

/** Options of `gate.mcpAuthInfo`. */
export interface McpAuthInfoOptions extends RequirementOptions {
  /**
   * True to return the caller's credential in the property `token`. Tools that receive the credential can pass it on,
   * so set this option only if a tool needs it.
   * @default false
   */
  readonly token?: boolean;
}

/** The caller of a request as the MCP SDK's type `AuthInfo`. */
export interface McpAuthInfo {
  /** The caller's credential. Empty unless the option `token` is set. */
  token: string;
  /**
   * Public id of the caller's key. If the caller has no key, for example because an external identity provider issued
   * the token, the id of the caller's identity.
   */
  clientId: string;
  /** The caller's permissions in the organization, written with the gate's `scopeSeparator`. */
  scopes: string[];
  /** Unix time, in seconds, at which the credential expires. Absent if the credential never expires. */
  expiresAt?: number;
  /** The ids of the caller's identity and of the organization, and the caller's flairs in that organization. */
  extra: { identity: string; oid: string; flairs: string[] };
}

/**
 * Returns the caller of a request in the format in which the MCP SDK passes it to tools.
 *
 * @throws OptionError if `authenticate` has not run; DeniedError for an anonymous caller, and for a caller with several
 * organizations if the options do not name one.
 */
export function mcpAuthInfo(context: GateContext, req: Request, options: McpAuthInfoOptions | undefined): McpAuthInfo {
  const given = optionObject('mcpAuthInfo', options);
  assertKnownOptions('mcpAuthInfo', given, ['organization', 'token']);
  const { token, ...where } = given;
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
