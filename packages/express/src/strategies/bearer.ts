import { type Credential, type Denial, DeniedError, deny, isDenial, type Principal } from '@flairgate/core';
import type { Request } from 'express';
import { Strategy } from 'passport-http-bearer';

/** Credential that is a bearer token. */
export type BearerCredential = Extract<Credential, { readonly kind: 'bearer' }>;

/** Identifies the caller of a bearer token. */
export type IdentifyBearer = (credential: BearerCredential, address: string | undefined) => Promise<Principal | Denial>;

/**
 * View of a request for passport-http-bearer. It has neither body nor query, where the library would also look for
 * tokens.
 */
interface HeaderView {
  readonly headers: { readonly authorization: string };
  readonly ip: string | undefined;
}

type Verified = (error: unknown, principal?: Principal) => void;

const MALFORMED = Object.freeze(
  deny('ERR_CREDENTIAL_MALFORMED', { detail: 'the header must be: Authorization: Bearer <token>' }),
);

/**
 * Reads a bearer token as passport-http-bearer does, and lets core verify it.
 *
 * A refusal is passed on as `DeniedError`, never through `fail`, so that nothing else decides its answer.
 */
export class BearerStrategy extends Strategy<(req: Request, token: string, done: Verified) => void> {
  constructor(identify: IdentifyBearer) {
    super({ passReqToCallback: true, realm: 'flairgate' }, (view, token, done) => {
      identify({ kind: 'bearer', text: token }, view.ip).then(
        (answer) => (isDenial(answer) ? done(new DeniedError(answer)) : done(null, answer)),
        (fault: unknown) => done(fault ?? new Error('the token could not be verified')),
      );
    });
  }

  /**
   * Runs the strategy without Passport, which would overwrite `req.login`, `req.logout` and the session manager.
   *
   * @throws UnavailableError if the token cannot be verified now.
   */
  identify(credential: BearerCredential, address: string | undefined): Promise<Principal | Denial> {
    const view: HeaderView = Object.freeze({
      headers: Object.freeze({ authorization: `Bearer ${credential.text}` }),
      ip: address,
    });
    return new Promise((resolve, reject) => {
      // Passport itself does the same: it creates an object that inherits from the strategy and has these functions.
      const delegate = Object.create(this, {
        success: { value: resolve },
        fail: { value: () => resolve(MALFORMED) },
        error: { value: (error: unknown) => (error instanceof DeniedError ? resolve(error.denial) : reject(error)) },
      });
      Reflect.apply(super.authenticate, delegate, [view]);
    });
  }
}
