import { createRequire } from 'node:module';
import { OptionError } from '@flairgate/core';
import { type TestGate, testGate, unguardedRoutes } from '@flairgate/express/testing';
import express5, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
  type Router,
  type RouterOptions,
} from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface ExpressPackage {
  (): Express;
  Router(options?: RouterOptions): Router;
  json(): RequestHandler;
  static(root: string): RequestHandler;
}

const express4: ExpressPackage = createRequire(import.meta.url)('express4');
const answer: RequestHandler = (_req, res) => void res.json({});
const versions: readonly (readonly [string, ExpressPackage])[] = [
  ['4', express4],
  ['5', express5],
];

let kit: TestGate;
let needs: RequestHandler;
let open: RequestHandler;
beforeAll(async () => {
  kit = await testGate();
  needs = kit.gate.requirePermissions('dr.list');
  open = kit.gate.public();
});
afterAll(() => kit.close());

describe.each(versions)('in Express %s, unguardedRoutes', (version, express) => {
  const build = (routes: (app: Express) => void): Express => {
    const app = express();
    routes(app);
    return app;
  };
  const list = (routes: (app: Express) => void) => unguardedRoutes(build(routes));

  it('unguardedRoutes lists a route without a requirement by its method and path', () => {
    const found = list((app) => {
      app.use(express.json(), kit.gate.authenticate(), kit.gate.rateLimit());
      app.get('/rules/:id', answer);
      app.post('/rules', needs, answer);
      app.put('/rules', needs, answer).delete('/rules', answer);
      app.use(kit.gate.errorHandler());
    });
    expect(found).toEqual(['GET /rules/:id', 'DELETE /rules']);
  });

  it('unguardedRoutes lists a route whose body parser is mounted after its last decision', () => {
    const json = express.json();
    const late = ' (body parser behind the decision)';
    const found = list((app) => {
      app.use(kit.gate.authenticate());
      app.post('/late', needs, json, answer).post('/again', needs, json, needs, answer);
      app.post('/early', json, needs, answer).post('/open', open, json, answer);
    });
    expect(found).toEqual([`POST /late${late}`]);
    const mounted = list((app) => void app.use(needs, json).get('/rules', answer));
    expect(mounted).toEqual([`GET /rules${late}`]);
    const app = build((made) => void made.post('/late', needs, json, answer));
    expect(() => kit.gate.assertGuarded(app)).toThrow(/read the body behind their last decision: POST \/late;/);
  });

  it('unguardedRoutes accepts every requirement of a gate, and public, as an authorization check', () => {
    const { gate } = kit;
    const stands: readonly RequestHandler[] = [
      needs,
      open,
      gate.requireAnyPermission('dr.list', 'dr.set'),
      gate.requireUser('do this'),
      gate.authenticate({ accept: ['ingestion-key'] }),
      gate.guard({ type: 'rule', tenancy: 'routed', content: ['data'], routes: { 'GET /': 'list' } }),
    ];
    expect(list((app) => void app.get('/x', ...stands.slice(0, 1), answer))).toEqual([]);
    for (const stand of stands) expect(list((app) => void app.get('/x', stand, answer))).toEqual([]);
  });

  it('unguardedRoutes accepts neither authentication alone, nor an optional one, nor a guard in a dry run as an authorization check', () => {
    const { gate } = kit;
    const guard = { type: 'rule', tenancy: 'routed', content: ['data'], routes: { 'GET /': 'list' } } as const;
    const passing = [
      gate.authenticate(),
      gate.authenticate({ accept: ['user-key'], optional: true }),
      gate.rateLimit(),
      gate.guard({ ...guard, dryRun: true }),
    ];
    for (const middleware of passing) {
      expect(list((app) => void app.get('/x', middleware, answer))).toEqual(['GET /x']);
    }
  });

  it('unguardedRoutes does not count what stands behind the handler, or was mounted later', () => {
    const found = list((app) => {
      app.get('/a', answer, needs);
      app.get('/b', answer);
      app.use(needs);
      app.get('/c', answer);
    });
    expect(found).toEqual(['GET /a', 'GET /b']);
  });

  it('unguardedRoutes counts what a path was mounted with, and nothing beside it', () => {
    const found = list((app) => {
      const router = express.Router();
      router.get('/', answer);
      router.get('/deep', answer);
      app.use('/admin', needs, router);
      app.use('/administration', router);
      app.use('/orgs/:oid', needs);
      app.get('/orgs/:other/rules', answer);
      app.get('/orgs/mine/rules', answer);
      app.get('/orgs', answer);
      app.get('/:any/mine/rules', answer);
      app.get('/ADMIN/x', answer);
    });
    expect(found).toEqual(['GET /administration', 'GET /administration/deep', 'GET /orgs', 'GET /:any/mine/rules']);
  });

  it('unguardedRoutes walks routers in routers, and one that is mounted twice at both places', () => {
    const inner = express.Router().get('/leaf', answer);
    const outer = express.Router().use('/inner', inner).get('/own', needs, answer);
    const found = list((app) => {
      app.use('/one', outer);
      app.use('/two', needs, outer);
      app.use(['/three', '/four/:id'], outer);
    });
    expect(found).toEqual(['GET /one/inner/leaf', 'GET /three/inner/leaf', 'GET /four/:id/inner/leaf']);
  });

  it('unguardedRoutes keeps a requirement inside its router', () => {
    const guarded = express.Router().use(needs).get('/in', answer);
    const found = list((app) => {
      app.use(guarded);
      app.get('/out', answer);
    });
    expect(found).toEqual(['GET /out']);
  });

  it('unguardedRoutes reads app.all, app.route, and lists of paths', () => {
    const found = list((app) => {
      app.all('/all', answer);
      app.all('/kept', needs, answer);
      app.route('/both').get(answer).post(needs, answer);
      app.route('/first').all(needs).get(answer);
      app.get(['/a', '/b'], answer);
    });
    expect(found).toEqual(['ALL /all', 'GET /both', 'GET /a', 'GET /b']);
  });

  it('unguardedRoutes treats a regular expression as any path', () => {
    const found = list((app) => {
      app.use('/files', needs);
      app.use(/^\/(?!files)/, needs);
      app.get(/^\/files\/\d+$/, answer);
      app.get('/other', answer);
    });
    expect(found).toEqual(['GET /(/^\\/files\\/\\d+$/)', 'GET /other']);
    expect(list((app) => void app.use(needs).get(/^\/files/, answer))).toEqual([]);
  });

  it('unguardedRoutes does not let a requirement in one spelling stand for a route in all of them', () => {
    const found = list((app) => {
      app.set('case sensitive routing', true);
      app.use('/admin', needs);
      app.get('/admin/exact', answer);
      app.use(express.Router().get('/admin/any', answer));
    });
    expect(found).toEqual(['GET /admin/any']);
  });

  it('unguardedRoutes lists handlers under a path and files, since nothing tells what they answer', () => {
    const found = list((app) => {
      app.use(express.json());
      app.use('/hook', answer);
      app.use('/kept', needs, answer);
      app.use(express.static('.'));
    });
    expect(found).toEqual(['USE /hook', 'USE /']);
  });

  it('unguardedRoutes walks apps in apps, and runs nothing of them', async () => {
    let ran = 0;
    const spy: RequestHandler = (_req, _res, next) => {
      ran += 1;
      next();
    };
    const leaf = build((app) => void app.use(spy).get('/x', answer).get('/kept', needs, answer));
    leaf.use(((_error, req, res, next) => spy(req, res, next)) satisfies ErrorRequestHandler);
    const middle = build((app) => void app.use(spy).use('/leaf', leaf).post('/own', answer));
    const found = list((app) => {
      app.use('/app', middle);
      app.use('/shown', open, middle);
      app.use('/closed', needs, leaf);
      app.use('/orgs/:oid', express.Router().use(leaf));
    });
    expect(found).toEqual(['GET /app/leaf/x', 'POST /app/own', 'GET /orgs/:oid/x']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ran).toBe(0);
  });

  it('unguardedRoutes lists what only looks like a mounted app', () => {
    const handlers = {
      mounted_app: ((_req, res, _next) => void res.json({})) satisfies RequestHandler,
    };
    expect(list((app) => void app.use('/odd', handlers.mounted_app))).toEqual(['USE /odd']);
  });

  it('unguardedRoutes leaves mounted apps as they were', async () => {
    const inner = build((made) => void made.get('/x', answer).get('/fault', () => Promise.reject(new Error('fault'))));
    const app = build((made) => void made.use('/in', inner).get('/in/after', answer));
    expect(unguardedRoutes(app)).toEqual(['GET /in/x', 'GET /in/fault', 'GET /in/after']);
    await request(app).get('/in/x').expect(200);
    await request(app).get('/in/after').expect(200);
    await request(app).get('/in/none').expect(404);
  });

  it('unguardedRoutes terminates with routers that contain one another', () => {
    const [one, two] = [express.Router(), express.Router()];
    one.use('/two', two).get('/one', answer);
    two.use('/one', one);
    expect(list((app) => void app.use(one))).toContain('GET /one');
  });

  it('unguardedRoutes reads a single router, and an app without routes', () => {
    expect(unguardedRoutes(express.Router().get('/x', answer))).toEqual(['GET /x']);
    expect(list(() => undefined)).toEqual([]);
    expect(() => unguardedRoutes({ stack: [] })).toThrow(OptionError);
    expect(() => unguardedRoutes(undefined)).toThrow(OptionError);
  });

  it('assertGuarded throws the list of unguarded routes', () => {
    const app = build((made) => void made.get('/a', answer).post('/b', answer).get('/c', needs, answer));
    expect(() => kit.gate.assertGuarded(app)).toThrow(OptionError);
    expect(() => kit.gate.assertGuarded(app)).toThrow(/ERR_ROUTE_UNGUARDED.*: GET \/a, POST \/b;/);
    kit.gate.assertGuarded(build((made) => void made.get('/c', needs, answer)));
  });

  it('unguardedRoutes changes nothing: routes with their marks answer as before', async () => {
    const app = build((made) => {
      made.use(kit.gate.authenticate({ optional: true }));
      made.get('/open', open, answer);
      made.use('/rules', needs, answer);
    });
    kit.gate.assertGuarded(app);
    const key = await kit.key({ permissions: ['dr.list'] });
    await request(app).get('/open').expect(200);
    await request(app).get('/rules').expect(401);
    await request(app).get('/rules').set('x-api-key', key.text).expect(200);
    expect(version).toMatch(/^[45]$/);
  });
});

it('unguardedRoutes trusts no mount path that an older router of Express 5 did not keep', () => {
  const bare = express5.Router().get('/x', answer);
  const app = express5();
  app.use('/kept', needs, bare);
  app.use('/own', express5.Router().use(needs).get('/in', answer));
  app.use(needs).get('/last', answer);
  expect(unguardedRoutes(app)).toEqual([]);
  const stack: readonly object[] = Reflect.get(Reflect.get(app, 'router'), 'stack');
  for (const layer of stack) Reflect.deleteProperty(layer, 'rawPath');
  expect(unguardedRoutes(app)).toEqual(['GET /(path)/x']);
});
