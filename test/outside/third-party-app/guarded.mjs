import { createRequire } from 'node:module';
import { join } from 'node:path';
import { testGate } from '@flairgate/express/testing';

const app = createRequire(join(process.env.THIRD_PARTY_SERVER, 'package.json'));

const PATH = '/api/v1/stickers';

/** The app behind the guard, in an app of its own Express. Nothing of it is changed. */
export async function guardApp(inner) {
  const kit = await testGate();
  const knex = app('./db/connection');
  // The app's own tests ask for `anything`, and expect its 422. No row has such an id, so the app may say so itself.
  const isText = (id) => /^[a-z]+$/.test(id);
  const find = async (id) => (await knex('sticker').where('id', Number(id)).first())?.id;
  const outer = app('express')();
  outer.use(kit.gate.authenticate());
  outer.use(
    PATH,
    kit.gate.guard({
      type: 'sticker',
      tenancy: 'routed',
      organization: () => kit.oid,
      id: { format: /[1-9][0-9]{0,8}|[a-z]{2,16}/ },
      content: ['description', 'url'],
      routes: {
        'GET /': 'list',
        'GET /:id': 'read',
        'POST /': { kind: 'create', ids: 'server' },
        'PUT /:id': { kind: 'update', body: 'replace' },
        'DELETE /:id': 'delete',
      },
      load: (_req, id) => (isText(id) ? id : find(id)),
      router: app('./api/v1/stickers'),
    }),
  );
  outer.use(inner);
  outer.use(kit.gate.errorHandler());
  return { kit, outer, path: PATH, knex };
}
