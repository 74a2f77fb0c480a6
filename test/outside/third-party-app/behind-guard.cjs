// Preloaded before the app's own tests: every server they start has the guard in front, every request a key.
const http = require('node:http');

const guarded = import('./guarded.mjs');
const createServer = http.createServer;
const wrapped = new WeakMap();
let key;

http.createServer = function createGuardedServer(...given) {
  const app = given.at(-1);
  if (typeof app !== 'function') return createServer.apply(http, given);
  if (!wrapped.has(app)) {
    const made = guarded.then(async ({ guardApp }) => {
      const { kit, outer } = await guardApp(app);
      key ??= kit.key().then(({ text }) => text);
      return { outer, key: await key };
    });
    wrapped.set(app, made);
  }
  return createServer((req, res) => {
    wrapped.get(app).then(
      (made) => {
        // supertest has sent the request by the time there is a key: it is added as it comes in.
        req.headers['x-api-key'] = made.key;
        req.rawHeaders.push('x-api-key', made.key);
        made.outer(req, res);
      },
      (error) => {
        console.error(error);
        res.destroy();
      },
    );
  });
};
