import type { Principal } from '@flairgate/core';

declare global {
  namespace Express {
    interface Request {
      /**
       * Principal of the caller. Set on every route behind `gate.authenticate()`.
       *
       * Behind `gate.authenticate({ optional: true })` a caller may be anonymous: read the principal with
       * `gate.maybeAuth(req)`.
       */
      auth: Principal;
    }
  }
}
