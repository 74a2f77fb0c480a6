import type { Credential, Denial, Principal } from '@flairgate/core';
import type { Request } from 'express';
import { Strategy } from 'passport-http-bearer';
import type { Origin } from '../request/client-address.js';

/** A bearer token as a credential. */
export type BearerCredential = Extract<Credential, { readonly kind: 'bearer' }>;

/** Function that identifies the caller of a bearer token. */
export type IdentifyBearer = (credential: BearerCredential, origin: Origin) => Promise<Principal | Denial>;

/**
 * Copy of a request for passport-http-bearer. Body and query are omitted, because the library would also read tokens
 * from them.
 */
interface HeaderView {
  readonly headers: { readonly authorization: string };
}

type Verified = (error: unknown, answer?: Principal | Denial) => void;

/**
 * The strategy of passport-http-bearer with a verify callback that calls the gate.
 *
 * The library passes only the copy of the request (`HeaderView`) to the callback. The callback looks up the client
 * address for the copy in a map.
 */
export class BearerStrategy extends Strategy<(req: Request, token: string, done: Verified) => void> {
  readonly #origins: WeakMap<object, Origin>;

  constructor(identify: IdentifyBearer) {
    const origins = new WeakMap<object, Origin>();
    super({ passReqToCallback: true, realm: 'flairgate' }, (view, token, done) => {
      const origin = origins.get(view) ?? { address: undefined, countedAs: undefined };
      identify({ kind: 'bearer', text: token }, origin).then(
        (answer) => done(null, answer),
        (fault: unknown) => done(fault ?? new Error('the token could not be verified')),
      );
    });
    this.#origins = origins;
  }

  /**
   * Runs the strategy of passport-http-bearer on the credential alone, and returns the gate's result.
   *
   * @throws UnavailableError if the token cannot be verified now.
   */
  verify(credential: BearerCredential, origin: Origin): Promise<Principal | Denial> {
    const view: HeaderView = Object.freeze({
      headers: Object.freeze({ authorization: `Bearer ${credential.text}` }),
    });
    this.#origins.set(view, origin);
    return new Promise((resolve, reject) => {
      // Passport itself does the same: it creates an object that inherits from the strategy and has these functions.
      const delegate = Object.create(this, {
        success: { value: resolve },
        fail: { value: () => reject(new Error('the library did not find the token')) },
        error: { value: reject },
      });
      Reflect.apply(super.authenticate, delegate, [view]);
    });
  }
}
