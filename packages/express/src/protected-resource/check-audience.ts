import { type Denial, deny, type Principal } from '@flairgate/core';
import { audienceOf } from '@flairgate/core/internal';
import type { CallerSlot } from '../request/caller-slot.js';
import { resourceOf } from './resource-mark.js';

/** True if a token is for where its request goes. Free for keys, and for gates without protected resources. */
export function isForRequest(req: object, slot: CallerSlot, principal: Principal): boolean {
  if (slot.resourceCount === 0 || principal.via !== 'token') return true;
  const resource = resourceOf(req, slot);
  // A token without noted audience was identified before the gate had resources: it is for the gate.
  const { names, isForUs } = audienceOf(principal) ?? FOR_THE_GATE;
  if (resource === undefined) return isForUs;
  return (resource.acceptsGate && isForUs) || names.some((name) => resource.names.has(name));
}

const FOR_THE_GATE = Object.freeze({ names: Object.freeze([]), isForUs: true });

/** Returns the refusal of a token that is for something else: the same as that of an invalid one. */
export function denyElsewhere(caller: Principal): Denial {
  return { ...deny('ERR_TOKEN_INVALID', { reason: 'token: aud is another resource' }), caller };
}
