import type { IncomingMessage } from 'node:http';
import { DeniedError, isDenial, OptionError, type Principal, type PrincipalKind } from '@flairgate/core';
import { assertKnownOptions, read } from '@flairgate/core/internal';
import { publishDenied } from '../events.js';
import type { GateContext } from '../gate-context.js';
import { optionObject } from '../options.js';
import { denyElsewhere, isForRequest } from '../protected-resource/check-audience.js';
import { denyUnaccepted, parseAccepts } from './accepts.js';
import { parseAddress } from './client-address.js';
import { keepCallerFrom } from './kept-caller.js';

/** Options of `gate.identify`. */
export interface IdentifyRequestOptions {
  /**
   * Address of the caller: `req.socket.remoteAddress`, or the address that the host's proxy reports. Without an
   * address, a key that is restricted to address ranges is refused.
   */
  readonly address?: string | undefined;
  /** Kinds of principal that are accepted. By default all except `ingestion-key` and `service`. */
  readonly accept?: readonly PrincipalKind[];
}

/**
 * Identifies the caller of a request that never reaches an Express app: an upgrade, or a Socket.IO handshake. Stores
 * the caller on the request, where `gate.authOf` and `gate.current` find it.
 *
 * Rejects with DeniedError if the caller is refused, with UnavailableError if the caller cannot be identified now, and
 * with OptionError for a bad option.
 */
export async function authenticateUpgrade(
  context: GateContext,
  req: IncomingMessage,
  options: IdentifyRequestOptions | undefined,
): Promise<Principal> {
  const given = optionObject('identify', options);
  assertKnownOptions('identify', given, ['address', 'accept']);
  const accepts = parseAccepts(given.accept);
  const address = given.address === undefined ? undefined : parseAddress(requireText(given.address));
  const sent = read(req, context.credentialOptions);
  const known = 'kind' in sent ? context.authenticator.getCached(sent, address) : undefined;
  const answer = known ?? (await context.identify(sent, { address, countedAs: address }));
  const isElsewhere = !isDenial(answer) && !isForRequest(req, context.slot, answer);
  if (isDenial(answer) || isElsewhere || !accepts.has(answer.kind) || !('kind' in sent)) {
    const denial = isDenial(answer) ? answer : isElsewhere ? denyElsewhere(answer) : denyUnaccepted(answer, accepts);
    publishDenied(req, denial, context);
    throw new DeniedError(denial, context);
  }
  keepCallerFrom(req, context.slot, sent, { principal: answer, address });
  return answer;
}

function requireText(address: unknown): string {
  if (typeof address === 'string') return address;
  throw new OptionError('identify.address: must be the address of the caller as text, or undefined');
}
