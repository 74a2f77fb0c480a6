import { type Denial, DeniedError, deny, OptionError, type Outcome, type Principal } from '@flairgate/core';
import { type Gate, originOf } from '@flairgate/express';
import type { Request, RequestHandler, Response, Router } from 'express';
import type { ServiceAuthentication } from '../oauth/authenticate-service.js';
import { type BodyReader, createBodyReader, MAX_BODY_BYTES, readQuery } from './body.js';
import { readCallHeaders } from './call-headers.js';
import type { Method, Needs, Route } from './define-route.js';
import { denyFields, explainIssues, type Fields, joinFields, joinParameters } from './fields.js';
import { takesParameters } from './known-fields.js';
import { sendAnswer } from './send-answer.js';
import { hasLongMember } from './sliced-json.js';
import { isStreamed, sendSliced, sendStreamed } from './streamed-answer.js';

/** Options of {@link mountRoutes}. */
export interface MountOptions {
  /** Gate whose middleware checks the callers of the routes. */
  readonly gate: Gate;
  /**
   * Middleware that runs after the caller was authenticated, for example a call limit. It does not run on routes that
   * need a secret, a service key or no credential.
   *
   * @default none
   */
  readonly limit?: RequestHandler;
  /**
   * Authentication of services. It is required if a route needs a service key. The call limit does not apply to such
   * routes.
   */
  readonly services?: ServiceAuthentication;
}

type VerbName = 'get' | 'post' | 'put' | 'patch' | 'delete';

const VERBS: Readonly<Record<Method, VerbName>> = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Mounts a route table. Each route authenticates the caller, checks the path parameters and the caller's permissions,
 * reads the body, and runs the route's command.
 *
 * An unsupported method on a known path gets a 405 response with `Allow`. Requests to unknown paths are passed to the
 * next middleware. Refusals are passed to the error handler as `DeniedError`.
 *
 * @example
 * const router = express.Router();
 * mountRoutes(router, [listRules], { gate });
 * app.use(router, gate.errorHandler());
 */
export function mountRoutes(router: Router, routes: readonly Route[], options: MountOptions): void {
  const allowed = new Map<string, Set<string>>();
  for (const route of routes) {
    const { method, path } = route;
    const methods = allowed.get(path) ?? new Set();
    allowed.set(path, methods.add(method));
    if (method === 'GET' && answersHead(route)) methods.add('HEAD');
    router[VERBS[method]](path, ...toHandlers(route, options));
  }
  for (const [path, methods] of allowed) router.all(path, sendMethodDenial([...methods].sort().join(', ')));
}

/**
 * True if the route, when its method is `GET`, also handles `HEAD`. A route that exchanges a secret does not, because a
 * `HEAD` request must never issue a token.
 */
function answersHead({ needs }: Route): boolean {
  return needs.kind !== 'secret';
}

function toHandlers(route: Route, options: MountOptions): readonly RequestHandler[] {
  const head: readonly RequestHandler[] = answersHead(route) ? [] : [skipHead];
  const { authenticate, permit } = toGuards(route.needs, options);
  return [...head, ...authenticate, checkParams(route), ...permit, answerCall(route, options)];
}

const skipHead: RequestHandler = (req, _res, next) => next(req.method === 'HEAD' ? 'route' : undefined);

interface Guards {
  readonly authenticate: readonly RequestHandler[];
  readonly permit: readonly RequestHandler[];
}

function toGuards(needs: Needs, { gate, limit, services }: MountOptions): Guards {
  if (needs.kind === 'nothing' || needs.kind === 'secret') return { authenticate: [], permit: [] };
  if (needs.kind === 'service') {
    if (services === undefined) throw new OptionError('services: must be set, because a route is for services');
    return { authenticate: [needs.orFederation ? services.authenticateIfSent : services.authenticate], permit: [] };
  }
  const accept = needs.kind === 'credential' ? needs.accept : undefined;
  const authenticate = [
    gate.authenticate(accept === undefined ? {} : { accept }),
    ...(limit === undefined ? [] : [limit]),
  ];
  if (needs.kind === 'credential') return { authenticate, permit: [] };
  if (needs.kind === 'user') return { authenticate, permit: [gate.requireUser(needs.what)] };
  return { authenticate, permit: [gate.requirePermissions(...needs.names, { organization: organizationParam })] };
}

/** Returns the organization id from the path in lower case, because ids are compared in lower case. */
function organizationParam(req: Request): unknown {
  const { oid } = req.params;
  return typeof oid === 'string' ? oid.toLowerCase() : oid;
}

function checkParams(route: Route): RequestHandler {
  return function checkPath(req, _res, next) {
    const checked = route.checkParams(req.params);
    next(checked.allowed ? undefined : toDeniedError(req, checked));
  };
}

/** Function that returns the request's caller in its current state, or undefined for a request without a caller. */
type CallerNow = (req: Request) => Promise<Principal | undefined>;

function callerNow({ needs }: Route, { gate, services }: MountOptions): CallerNow {
  if (needs.kind === 'nothing' || needs.kind === 'secret') return async () => undefined;
  return needs.kind === 'service' && services !== undefined ? services.current : gate.current;
}

function answerCall(route: Route, options: MountOptions): RequestHandler {
  const currentCaller = callerNow(route, options);
  const readBody = createBodyReader(route.maxBodyBytes ?? MAX_BODY_BYTES);
  return async function answerRoute(req, res) {
    const fields = await readFields(route, readBody, req, res);
    if (!fields.allowed) throw toDeniedError(req, fields);
    const headers = readCallHeaders(req.headers);
    if (!headers.allowed) throw toDeniedError(req, headers);
    // Reads the caller again, because the caller's key may have been revoked while a slow body arrived.
    const caller = await currentCaller(req);
    const outcome = await route.run({
      params: req.params,
      fields: fields.value,
      caller,
      ...originOf(req),
      headers: headers.value,
    });
    if (!outcome.allowed) throw toDeniedError(req, outcome, caller);
    if (route.versioned) setEtag(res, outcome.value);
    if (isStreamed(outcome.value)) await sendStreamed(res, outcome.value);
    else if (route.document === undefined && hasLongMember(outcome.value)) await sendSliced(res, outcome.value);
    else sendAnswer(req, res, outcome.value, route.document);
  };
}

/**
 * Converts a refusal to an error. The text `detail` of the refusal repeats the issues. The refusal gets the
 * organization in the path, so that it appears in this organization's audit even if the caller belongs to several
 * organizations.
 */
function toDeniedError(req: Request, given: Denial, caller?: Principal): DeniedError {
  const explained = explainIssues(given);
  const denial = caller === undefined ? explained : { ...explained, caller };
  const organization = denial.organization ?? organizationParam(req);
  return new DeniedError(typeof organization === 'string' ? { ...denial, organization } : denial);
}

function setEtag(res: Response, value: unknown): void {
  if (typeof value !== 'object' || value === null || !('etag' in value)) return;
  if (typeof value.etag === 'string') res.setHeader('ETag', `"${value.etag}"`);
}

async function readFields(
  route: Route,
  readBody: BodyReader,
  ...[req, res]: Parameters<BodyReader>
): Promise<Outcome<Fields>> {
  const { needs, method } = route;
  const join = takesParameters(route) ? joinParameters : joinFields;
  const body = await readBody(req, res);
  if (!body.allowed) return body;
  const query = readQuery(req);
  if (!query.allowed) return query;
  const queried = join(query.value);
  if (needs.kind === 'secret' && !needs.inQuery && queried.has('secret')) {
    return denyFields([{ field: 'secret', message: 'must be sent in the body, because URLs are written to logs' }]);
  }
  // A field of these requests may be a credential even if its name is unknown.
  if (needs.kind === 'service' && method === 'POST' && queried.size > 0) {
    return denyFields([
      { field: 'query', message: 'must be empty: send every field in the body, because URLs are written to logs' },
    ]);
  }
  return { allowed: true, value: join(query.value, body.value) };
}

function sendMethodDenial(allow: string): RequestHandler {
  return function refuseOtherMethods(_req, _res, next) {
    next(new DeniedError(deny('ERR_METHOD', { members: { allow } })));
  };
}
