import { type Credential, type Denial, DeniedError, deny, isDenial, type Principal } from '@flairgate/core';
import type { Request } from 'express';
import { Strategy } from 'passport-http-bearer';

/** A credential that is a bearer token. */
export type BearerCredential = Extract<Credential, { readonly kind: 'bearer' }>;

/** Finds out whose token it is. */
export type IdentifyBearer = (credential: BearerCredential, address: string | undefined) => Promise<Principal | Denial>;

/** All that passport-http-bearer may see of a request: neither body nor query, where it would look for tokens too. */
interface HeaderView {
  readonly headers: { readonly authorization: string };
  readonly ip: string | undefined;
}

type Verified = (error: unknown, principal?: Principal) => void;

const MALFORMED = Object.freeze(deny('ERR_CREDENTIAL_MALFORMED', { detail: 'write: Authorization: Bearer <token>' }));

/**
 * Reads a bearer token as passport-http-bearer does, and lets core judge it.
 *
 * A refusal travels as `DeniedError`, never through `fail`, so that nothing else decides how it is answered.
 */
export class BearerStrategy extends Strategy<(req: Request, token: string, done: Verified) => void> {
  constructor(identify: IdentifyBearer) {
    super({ passReqToCallback: true, realm: 'flairgate' }, (view, token, done) => {
      identify({ kind: 'bearer', text: token }, view.ip).then(
        (answer) => (isDenial(answer) ? done(new DeniedError(answer)) : done(null, answer)),
        (fault: unknown) => done(fault ?? new Error('the token could not be judged')),
      );
    });
  }

  /**
   * Drives the strategy outside Passport, which would overwrite `req.login`, `req.logout` and the session manager.
   *
   * @throws UnavailableError when it cannot be decided.
   */
  identify(credential: BearerCredential, address: string | undefined): Promise<Principal | Denial> {
    const view: HeaderView = Object.freeze({
      headers: Object.freeze({ authorization: `Bearer ${credential.text}` }),
      ip: address,
    });
    return new Promise((resolve, reject) => {
      // Passport itself does no more: an object that inherits from the strategy, with these functions on it.
      const delegate = Object.create(this, {
        success: { value: resolve },
        fail: { value: () => resolve(MALFORMED) },
        error: { value: (error: unknown) => (error instanceof DeniedError ? resolve(error.denial) : reject(error)) },
      });
      Reflect.apply(super.authenticate, delegate, [view]);
    });
  }
}
