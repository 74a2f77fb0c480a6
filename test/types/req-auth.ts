import '@flairgate/express/req-auth';
import type { OrganizationView, Principal } from '@flairgate/core';
import { createGate, type DenialOptions, type Gate } from '@flairgate/express';
import type { TestGate } from '@flairgate/express/testing';
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express';
import passport from 'passport';

/** True only for the same type, not for one that is merely assignable. */
type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

function holds<T extends true>(): T | undefined {
  return undefined;
}

export function typesOfReqAuth(gate: Gate): void {
  holds<Equals<Request['auth'], Principal>>();
  holds<Equals<ReturnType<Gate['maybeAuth']>, Principal | undefined>>();
  holds<Equals<ReturnType<Gate['authOf']>, Principal>>();
  holds<Equals<ReturnType<Gate['current']>, Promise<Principal>>>();
  holds<Equals<ReturnType<Request['auth']['in']>, OrganizationView | undefined>>();
  holds<Equals<Request['auth']['signal'], AbortSignal>>();
  const handler: RequestHandler = gate.authenticate();
  holds<Equals<ReturnType<Gate['errorHandler']>, ErrorRequestHandler>>();

  const app = express();
  app.use(handler);
  app.get('/orgs/:oid', gate.requirePermissions('dr.list', { organization: (req) => req.params.oid }), (req, res) => {
    holds<Equals<typeof req.auth, Principal>>();
    // Middleware in front of a handler must not widen the parameters Express reads from the path.
    holds<Equals<typeof req.params.oid, string>>();
    // @ts-expect-error the path has no such parameter
    req.params.gid;
    // @ts-expect-error a view may be missing: the caller may have nothing to do in the organization
    req.auth.in(req.params.oid).permissions;
    res.json(req.auth.in(req.params.oid)?.permissions);
  });
  app.get('/typed', gate.authenticate({ optional: true, accept: ['service', 'ingestion-key'] }), (req, res) => {
    // @ts-expect-error an anonymous caller has no identity
    gate.maybeAuth(req).identity;
    res.json(gate.maybeAuth(req)?.identity);
  });
  app.use(gate.rateLimit({ by: 'organization', cost: (req) => Number(req.query.items) }), gate.errorHandler());
  passport.use(gate.strategies.apiKey).use(gate.strategies.bearer);
}

export function refusedByTheCompiler(gate: Gate, kit: TestGate, req: Request): void {
  // @ts-expect-error a principal is shared by every request of a credential
  req.auth.identity = 'someone else';
  // @ts-expect-error so are its lists
  req.auth.organizations.push('another');
  // @ts-expect-error a gate needs a store
  createGate({});
  // @ts-expect-error not an option
  createGate({ store: kit.store, missingPermissionsStatus: 403 });
  // @ts-expect-error 401 or 403
  createGate({ store: kit.store, missingPermissionStatus: 404 });
  // @ts-expect-error not a kind of principal
  gate.authenticate({ accept: ['api-key'] });
  // @ts-expect-error options come last
  gate.requirePermissions({ organization: () => 'x' }, 'dr.list');
  // @ts-expect-error not an option
  gate.requireAnyPermission('dr.list', { oid: 'x' });
  // @ts-expect-error a gate is not changed
  gate.strategies = { apiKey: gate.strategies.apiKey, bearer: gate.strategies.bearer };
  const style: DenialOptions = { missingPermissionStatus: 403 };
  // @ts-expect-error so is a style
  style.missingPermissionStatus = 401;
}
