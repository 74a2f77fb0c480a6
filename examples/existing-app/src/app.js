// An app as there are many: pages with sessions and Passport, on Express 4 and CommonJS, and since today an API with
// keys. What was added is marked; nothing else changed.

const { scryptSync, timingSafeEqual } = require('node:crypto');
const bodyParser = require('body-parser');
const cors = require('cors');
const express = require('express');
const session = require('express-session');
const helmet = require('helmet');
const morgan = require('morgan');
const passport = require('passport');
const { Strategy: LocalStrategy } = require('passport-local');

/** Creates the app. `users` has `{ name, salt, hash }` by name; `log` receives one line for each request. */
function createApp({ users, sessionSecret, log, gate, router }) {
  const app = express();
  app.use(morgan('tiny', { stream: { write: log } }));
  app.use(helmet());
  app.use(cors({ origin: 'https://pages.example' }));
  app.use('/api', createApi(gate)); // added: before sessions, which keys do not need
  app.use(router); // added: POST /jwt and the other routes of the service
  app.use(session({ secret: sessionSecret, resave: false, saveUninitialized: false }));
  app.use(bodyParser.urlencoded({ extended: false }));
  const passports = signIn(users);
  app.use(passports.initialize(), passports.session());

  app.post('/login', passports.authenticate('local'), (req, res) => res.json({ hello: req.user.name }));
  app.get('/profile', (req, res) => {
    if (!req.isAuthenticated()) return res.status(403).send('sign in first');
    return res.json({ name: req.user.name });
  });
  app.get('/broken', () => {
    throw new Error('a page is broken');
  });

  app.use((_req, res) => res.status(404).send('no such page'));
  app.use((error, _req, res, _next) => {
    log(`reported: ${error.message}\n`);
    res.status(error.status ?? 500).send('sorry');
  });
  return app;
}

/** The API: everything in it requires a key or a token with a permission. */
function createApi(gate) {
  const api = express.Router();
  const orders = [];
  api.use(gate.authenticate(), bodyParser.json());
  api.get('/orders', gate.requirePermissions('order.list'), (req, res) => {
    res.json({ you: gate.authOf(req).ident, orders });
  });
  api.post('/orders', gate.requirePermissions('order.create'), (req, res) => {
    orders.push({ item: String(req.body.item) });
    res.status(201).json(orders.at(-1));
  });
  api.get('/broken', gate.requirePermissions('order.list'), () => {
    throw new Error('the API is broken');
  });
  // Refusals are answered as problem documents; other errors go to the handler of the app, as before.
  api.use(gate.errorHandler({ faults: 'next' }));
  gate.assertGuarded(api);
  return api;
}

/** Passport as it was: a name and a password, kept in the session. */
function signIn(users) {
  const passports = new passport.Passport();
  passports.use(
    new LocalStrategy((name, password, done) => {
      const user = users.get(name);
      const isRight = user !== undefined && timingSafeEqual(scryptSync(password, user.salt, 32), user.hash);
      done(null, isRight ? user : false);
    }),
  );
  passports.serializeUser((user, done) => done(null, user.name));
  passports.deserializeUser((name, done) => done(null, users.get(name) ?? false));
  return passports;
}

module.exports = { createApp };
