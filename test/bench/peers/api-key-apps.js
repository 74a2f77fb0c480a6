// @ts-check
import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { rateLimit } from 'express-rate-limit';
import { Passport } from 'passport';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';

/** @typedef {{ path: string, answer: object, needed: string, permissions: readonly string[] }} Route */

/** Libraries that look at API keys, and a limiter alone. */
export const apiKeyApps = [
  variant('passport-headerapikey, key in a Map', mapVerifier),
  variant('passport-headerapikey, PBKDF2 of 30,000 rounds a request', pbkdf2Verifier),
  { name: 'better-auth, API key on SQLite', mount: mountBetterAuth },
  {
    name: 'express-rate-limit alone',
    /**
     * @param {import('express').Application} app
     * @param {Route} route
     */
    async mount(app, { path, answer }) {
      app.use(rateLimit({ limit: 1_000_000_000, standardHeaders: 'draft-8', legacyHeaders: false }));
      app.get(path, (_req, res) => void res.json(answer));
      return { send: [{}] };
    },
  },
];

/**
 * @param {string} name
 * @param {(key: string, user: object) => unknown} verifierOf
 */
function variant(name, verifierOf) {
  return {
    name,
    /**
     * @param {import('express').Application} app
     * @param {Route} route
     */
    async mount(app, { path, answer, needed, permissions }) {
      const key = randomBytes(24).toString('hex');
      const passport = new Passport();
      passport.use(
        new HeaderAPIKeyStrategy({ header: 'x-api-key', prefix: '' }, false, verifierOf(key, { permissions })),
      );
      app.use(passport.authenticate('headerapikey', { session: false }));
      serve(app, path, answer, ({ user }) => user.permissions.includes(needed));
      return { send: [{ 'x-api-key': key }], refused: { 'x-api-key': `${key}x` } };
    },
  };
}

function serve(app, path, answer, isPermitted) {
  app.get(
    path,
    (req, res, next) => (isPermitted(req) ? next() : res.status(401).json({ error: 'missing' })),
    (_req, res) => void res.json(answer),
  );
}

function mapVerifier(key, user) {
  const users = new Map([[key, user]]);
  return (sent, done) => done(null, users.get(sent) ?? false);
}

/** Creates a verifier as Lime's documents describe it: it computes the hash for every request. */
function pbkdf2Verifier(key, user) {
  const salt = randomBytes(16);
  const hash = (text, done) => pbkdf2(text, salt, 30_000, 32, 'sha256', done);
  const stored = new Promise((made) => hash(key, (_error, digest) => made(digest)));
  return (sent, done) =>
    hash(sent, async (error, digest) => done(error, timingSafeEqual(digest, await stored) ? user : false));
}

/**
 * Its key plugin over SQLite in memory, as its documents have it; the rate limit, which writes, is off.
 *
 * @param {import('express').Application} app
 * @param {Route} route
 */
async function mountBetterAuth(app, { path, answer, needed }) {
  const { makeBetterAuth } = await import('./better-auth.js');
  const { verify, key } = await makeBetterAuth(needed);
  app.use(async (req, res, next) => {
    if (await verify(String(req.headers['x-api-key']))) next();
    else res.status(401).json({ error: 'unauthorized' });
  });
  app.get(path, (_req, res) => void res.json(answer));
  return { send: [{ 'x-api-key': key }], refused: { 'x-api-key': `${key.slice(0, -4)}AAAA` } };
}
