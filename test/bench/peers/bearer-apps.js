// @ts-check
import { createServer } from 'node:http';
import { expressjwt } from 'express-jwt';
import { auth } from 'express-oauth2-jwt-bearer';
import { createVerifier } from 'fast-jwt';
import jsonwebtoken from 'jsonwebtoken';
import { Passport } from 'passport';
import { Strategy as BearerStrategy } from 'passport-http-bearer';
import { ExtractJwt, Strategy as JwtStrategy } from 'passport-jwt';
import { audience, issuer, makeToken } from './tokens.js';

/** @typedef {import('./tokens.js').Made} Made */
/** @typedef {{ path: string, answer: object, needed: string, permissions: readonly string[] }} Route */

/** Libraries that verify bearer tokens. */
export const bearerApps = [
  variant('express-jwt HS256, text secret', 'HS256', ({ secretText }) =>
    expressjwt({ secret: secretText, algorithms: ['HS256'], audience, issuer }),
  ),
  variant('express-jwt HS256, KeyObject', 'HS256', ({ key }) =>
    expressjwt({ secret: key, algorithms: ['HS256'], audience, issuer }),
  ),
  variant('express-jwt RS256, KeyObject', 'RS256', ({ key }) =>
    expressjwt({ secret: key, algorithms: ['RS256'], audience, issuer }),
  ),
  variant('passport-jwt HS256', 'HS256', ({ secretText }) => passportJwt('HS256', secretText)),
  variant('passport-jwt RS256', 'RS256', ({ pem }) => passportJwt('RS256', pem)),
  variant('passport-http-bearer and jsonwebtoken HS256', 'HS256', (made) => passportBearer('HS256', made)),
  variant('passport-http-bearer and jsonwebtoken RS256', 'RS256', (made) => passportBearer('RS256', made)),
  variant('express-oauth2-jwt-bearer HS256', 'HS256', ({ secretText }) =>
    auth({ issuer, audience, secret: secretText, tokenSigningAlg: 'HS256' }),
  ),
  variant('express-oauth2-jwt-bearer RS256', 'RS256', async ({ jwk }) =>
    auth({ issuer, audience, jwksUri: await serveKeys(jwk), tokenSigningAlg: 'RS256' }),
  ),
  variant('fast-jwt HS256, no cache', 'HS256', (made) => fastJwt('HS256', made, false)),
  ...['HS256', 'RS256', 'ES256'].map((algorithm) =>
    variant(`fast-jwt ${algorithm}, cache`, algorithm, (made) => fastJwt(algorithm, made, true)),
  ),
];

/**
 * @param {string} name
 * @param {string} algorithm
 * @param {(made: Made) => unknown} middlewareOf
 */
function variant(name, algorithm, middlewareOf) {
  return {
    name,
    /**
     * @param {import('express').Application} app
     * @param {Route} route
     */
    async mount(app, { path, answer, needed, permissions }) {
      const made = makeToken(algorithm, permissions);
      app.use(await middlewareOf(made));
      app.get(
        path,
        (req, res, next) => (permissionsOf(req).includes(needed) ? next() : res.status(401).json({ error: 'missing' })),
        (_req, res) => void res.json(answer),
      );
      app.use((error, _req, res, _next) => void res.status(error.status ?? 500).json({ error: 'unauthorized' }));
      const broken = `${made.token.slice(0, -6)}AAAAAA`;
      return { send: [{ authorization: `Bearer ${made.token}` }], refused: { authorization: `Bearer ${broken}` } };
    },
  };
}

/** Returns the permissions from the place where each library puts the claims. */
function permissionsOf({ auth: claims, user }) {
  return (claims?.payload ?? claims ?? user).perms;
}

/**
 * @param {'HS256' | 'RS256'} algorithm
 * @param {string} secretOrKey
 */
function passportJwt(algorithm, secretOrKey) {
  const passport = new Passport();
  const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken();
  const options = { jwtFromRequest, secretOrKey, algorithms: [algorithm], issuer, audience };
  passport.use(new JwtStrategy(options, (claims, done) => done(null, claims)));
  return passport.authenticate('jwt', { session: false });
}

/**
 * @param {'HS256' | 'RS256'} algorithm
 * @param {Made} made
 */
function passportBearer(algorithm, { key }) {
  const passport = new Passport();
  passport.use(
    new BearerStrategy((token, done) =>
      jsonwebtoken.verify(token, key, { algorithms: [algorithm], issuer, audience }, (error, claims) =>
        error ? done(null, false) : done(null, claims),
      ),
    ),
  );
  return passport.authenticate('bearer', { session: false });
}

/**
 * @param {string} algorithm
 * @param {Made} made
 * @param {boolean} cache
 */
function fastJwt(algorithm, { secretText, pem }, cache) {
  const key = algorithm === 'HS256' ? secretText : pem;
  const verify = createVerifier({ key, algorithms: [algorithm], allowedIss: issuer, allowedAud: audience, cache });
  return (req, res, next) => {
    const [scheme, token] = (req.headers.authorization ?? '').split(' ');
    try {
      if (scheme !== 'Bearer') throw new TypeError('no token');
      req.auth = verify(token);
    } catch {
      res.status(401).json({ error: 'unauthorized' });
      return;
    }
    next();
  };
}

/** Publishes a key where the library can fetch it. */
async function serveKeys(jwk) {
  const server = createServer((_req, res) => {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
  return `http://127.0.0.1:${server.address().port}/jwks.json`;
}
