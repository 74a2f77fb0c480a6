import { type Denial, deny, type Principal } from '@flairgate/core';
import { audienceOf } from '@flairgate/core/internal';
import type { CallerSlot } from '../request/caller-slot.js';
import { resourceOf } from './resource-mark.js';

/**
 * True if the token's audience is accepted by the protected resource that the request is for. If the request is for
 * none, the audience must be the gate. Always true for API keys.
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

/** Returns the refusal of a token for a different resource. It is the same as the refusal of an invalid token. */
export function denyElsewhere(caller: Principal): Denial {
  return { ...deny('ERR_TOKEN_INVALID', { reason: 'token: aud is another resource' }), caller };
}
