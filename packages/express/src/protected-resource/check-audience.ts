import { type Denial, deny, type Principal } from '@flairgate/core';
import { audienceOf } from '@flairgate/core/internal';
import type { CallerSlot } from '../request/caller-slot.js';
import { resourceOf } from './resource-mark.js';

/**
 * True if a token's audience (`aud`) fits the request. If the request is for a protected resource, that resource must
 * accept the audience. For any other request, the audience must be the gate. Always true for API keys, which have no
 * audience.
 */
export function isForRequest(req: object, slot: CallerSlot, principal: Principal): boolean {
  if (slot.resourceCount === 0 || principal.via !== 'token') return true;
  const resource = resourceOf(req, slot);
  // A token without a recorded audience was cached before the gate had resources, so it is for the gate.
  const { names, isForUs } = audienceOf(principal) ?? FOR_THE_GATE;
  if (resource === undefined) return isForUs;
  return (resource.acceptsGate && isForUs) || names.some((name) => resource.names.has(name));
}

const FOR_THE_GATE = Object.freeze({ names: Object.freeze([]), isForUs: true });

/**
 * Returns the refusal for a token whose audience is another resource. The caller gets the same response as for an
 * invalid token.
 */
export function denyElsewhere(caller: Principal): Denial {
  return { ...deny('ERR_TOKEN_INVALID', { reason: 'token: aud is another resource' }), caller };
}
