import { allow, DeniedError, deny, type Outcome } from '@flairgate/core';
import { endSession, issueSessionToken, openSession, useOnce } from '@flairgate/core/internal';
import { originOf } from '@flairgate/express';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import { createBodyReader } from '../route/body.js';
import { denyFields, fieldsToInput, joinFields, parseInput, plainName } from '../route/fields.js';
import { text } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import type { ConsoleSettings, OidcSettings } from './console-options.js';
import { cookieHeader, readCookie } from './cookies.js';
import {
  createPendingSignIn,
  isStateOf,
  openSignIn,
  type PendingSignIn,
  SIGN_IN_SECONDS,
  sealSignIn,
} from './pending-sign-in.js';
import { denyCallback, type Provider } from './provider.js';
import { continueScript, sendSignedIn, signInErrorHandler } from './sign-in-page.js';

/** OpenID provider of a service's sign-in, and the settings of this sign-in. */
export interface SignIn {
  readonly settings: OidcSettings;
  readonly provider: Provider;
}

type SignInContext = Pick<ServiceContext, 'administration' | 'exchange' | 'failures' | 'gate'>;

/** Issuer name under which the store records that a sign-in was used. Each sign-in can be used only once. */
const USED_BY = 'console-sign-in';

/** Maximum size of the body of a request for a token, in bytes. */
const MAX_BODY_BYTES = 1024;

const tokenFields = z.object({
  oid: text().toLowerCase().max(36, { error: 'must be an organization id or -' }).optional(),
});

/**
 * Creates the router for `/console/session`. One route returns the ways to sign in that the console offers. The other
 * routes sign a user in with an OpenID provider, issue tokens for the user's session, and sign the user out.
 *
 * If no provider is configured, only the first route exists.
 */
export function signInRouter(context: SignInContext, settings: ConsoleSettings, signIn: SignIn | undefined): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const { keySignIn: key, oidc } = settings;
  const offered = { key, ...(oidc === undefined ? {} : { oidc: { label: oidc.label } }) };
  router.get('/options', (_req, res) => sendJson(res, offered));
  router.all('/options', denyMethod('GET, HEAD'));
  if (signIn === undefined) return router;
  const checkOrigin = requireOrigin(new URL(signIn.settings.publicUrl).origin);
  router.get('/start', skipHead, startSignIn(context, signIn));
  router.get('/callback', skipHead, completeSignIn(context, signIn));
  router.get('/continue.js', continueScript);
  router.post('/token', checkOrigin, issueToken(context));
  router.delete('/', checkOrigin, signOut(context));
  router.all(['/start', '/callback'], denyMethod('GET'));
  router.all('/continue.js', denyMethod('GET, HEAD'));
  router.all('/token', denyMethod('POST'));
  router.all('/', denyMethod('DELETE'));
  router.use(signInErrorHandler(context.gate));
  return router;
}

/**
 * Creates the handler that starts a sign-in. It stores the encrypted state of the sign-in in a cookie, and redirects to
 * the provider.
 */
function startSignIn({ administration: { store, now } }: SignInContext, { provider }: SignIn): RequestHandler {
  return async function startSignInRoute(_req, res) {
    const pending = createPendingSignIn(now());
    const url = await provider.authorizationUrl(pending);
    res.setHeader('Set-Cookie', cookieHeader('signIn', sealSignIn(store, pending), SIGN_IN_SECONDS));
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('Referrer-Policy', 'no-referrer');
    res.statusCode = 302;
    res.setHeader('Location', url.href);
    res.end();
  };
}

/**
 * Creates the handler for the provider's redirect. It exchanges the provider's code for the person's claims, opens a
 * session, and stores the session in a cookie.
 */
function completeSignIn(context: SignInContext, { provider }: SignIn): RequestHandler {
  const { administration, failures } = context;
  return async function completeSignInRoute(req, res) {
    const { address, countedAs } = originOf(req);
    const limited = failures.exceeded(countedAs);
    if (limited !== undefined) throw new DeniedError(limited);
    const query = new URL(req.originalUrl, 'http://localhost').searchParams;
    const pending = await findPending(req, query);
    const opened = pending.allowed ? await open(pending.value) : pending;
    if (!opened.allowed) throw new DeniedError(await failures.count(countedAs, opened));
    const { text: session, expiresAt } = opened.value;
    const seconds = Math.floor((expiresAt - administration.now()) / 1000);
    res.setHeader('Set-Cookie', [cookieHeader('session', session, seconds), cookieHeader('signIn', '', 0)]);
    sendSignedIn(res);

    async function open(value: PendingSignIn) {
      // Fails here if the provider is down. The sign-in is not used up then, and can be completed later.
      await provider.prepare();
      const isFirst = await useOnce(administration, { issuer: USED_BY, id: value.state, endsAt: value.expiresAt });
      if (!isFirst) return denyCallback('used before');
      const subject = await provider.redeem(query, value);
      return subject.allowed ? openSession(administration, { ...subject.value, address }) : subject;
    }
  };

  /**
   * Finds the sign-in to which the redirect belongs. The sign-in's cookie is not removed here: the redirect of an
   * earlier sign-in must not cancel a later sign-in in another tab.
   */
  async function findPending(req: Request, query: URLSearchParams): Promise<Outcome<PendingSignIn>> {
    const sealed = readCookie(req, 'signIn');
    const pending = sealed === undefined ? undefined : openSignIn(administration.store, sealed);
    if (pending === undefined) return denyCallback('no sign-in was begun in this browser');
    const [state, ...more] = query.getAll('state');
    if (more.length > 0 || !isStateOf(pending, state)) return denyCallback('of another sign-in');
    return pending.expiresAt > administration.now() ? allow(pending) : denyCallback('begun too long ago');
  }
}

/** Creates the handler that issues a token for the session in the cookie. */
function issueToken({ exchange, failures }: SignInContext): RequestHandler {
  const readBody = createBodyReader(MAX_BODY_BYTES);
  return async function issueTokenRoute(req, res) {
    const { countedAs } = originOf(req);
    const limited = failures.exceeded(countedAs);
    if (limited !== undefined) throw new DeniedError(limited);
    const fields = await readFields(readBody, req, res);
    if (!fields.allowed) throw new DeniedError(fields);
    const session = readCookie(req, 'session');
    const issued =
      session === undefined ? NO_SESSION : await issueSessionToken(exchange, { ...fields.value, text: session });
    if (issued.allowed)
      return sendJson(res, { jwt: issued.value.jwt, uid: issued.value.uid, expires: issued.value.expiresAt });
    throw new DeniedError(issued.code === 'ERR_SESSION_ENDED' ? await failures.count(countedAs, issued) : issued);
  };
}

const NO_SESSION = Object.freeze(deny('ERR_SESSION_ENDED', { reason: 'session: no cookie' }));

async function readFields(
  readBody: ReturnType<typeof createBodyReader>,
  ...[req, res]: Parameters<ReturnType<typeof createBodyReader>>
): Promise<Outcome<z.output<typeof tokenFields>>> {
  const body = await readBody(req, res);
  if (!body.allowed) return body;
  const fields = joinFields(body.value);
  const unknown = [...fields.keys()].filter((name) => name !== 'oid');
  if (unknown.length > 0) {
    return denyFields(
      unknown.map((name) => ({ field: plainName(name), message: 'is not known here; did you mean oid?' })),
    );
  }
  const input = fieldsToInput(fields);
  return input.allowed ? parseInput(tokenFields, input.value) : input;
}

/** Creates the handler that revokes the session in the cookie, and removes the cookie. */
function signOut({ administration }: SignInContext): RequestHandler {
  return async function signOutRoute(req, res) {
    const session = readCookie(req, 'session');
    if (session !== undefined) {
      const ended = await endSession(administration, { text: session, address: originOf(req).address });
      if (!ended.allowed) throw new DeniedError(ended);
    }
    res.setHeader('Set-Cookie', cookieHeader('session', '', 0));
    sendJson(res, { success: true });
  };
}

/**
 * Creates the middleware that accepts only requests from pages of this origin. Browsers send `Origin` with every
 * request whose method is not `GET`, and no page can change this header.
 */
function requireOrigin(origin: string): RequestHandler {
  return function checkOrigin(req, _res, next) {
    const sent = req.headersDistinct.origin ?? [];
    next(sent.length === 1 && sent[0] === origin ? undefined : new DeniedError(deny('ERR_ORIGIN')));
  };
}

/** Skips the route for a `HEAD` request, because a link scanner that checks the URL must not use up a sign-in. */
const skipHead: RequestHandler = (req, _res, next) => next(req.method === 'HEAD' ? 'route' : undefined);

function denyMethod(allowed: string): RequestHandler {
  return function refuseOtherMethods(_req, _res, next) {
    next(new DeniedError(deny('ERR_METHOD', { members: { allow: allowed } })));
  };
}

function sendJson(res: Response, value: unknown): void {
  res.statusCode = 200;
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.end(JSON.stringify(value));
}
