import type { Principal } from '@flairgate/core';

declare global {
  namespace Express {
    interface Request {
      /**
       * Who is calling. Set on every route behind `gate.authenticate()`.
       *
       * Behind `gate.authenticate({ optional: true })` a caller may be anonymous: read it with `gate.maybeAuth(req)`.
       */
      auth: Principal;
    }
  }
}
