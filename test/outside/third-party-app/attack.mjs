import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { guardApp } from './guarded.mjs';

const app = createRequire(join(process.env.THIRD_PARTY_SERVER, 'package.json'));
const sticker = (title, text) => ({ title, description: text, rating: 1, url: text });

let guarded;
let server;
let keys;
const ids = {};

before(async () => {
  guarded = await guardApp(app('./app'));
  await guarded.knex.migrate.latest();
  await guarded.knex.seed.run();
  server = createServer(guarded.outer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const names = {
    plain: 'plain',
    a: 'a[segment]',
    b: 'b[segment]',
    secret: 'vendor[secret]',
    lock: 'keeper[lock]',
    root: 'chief[root]',
  };
  keys = Object.fromEntries(
    await Promise.all(Object.entries(names).map(async ([key, name]) => [key, (await guarded.kit.key({ name })).text])),
  );
  for (const [name, key] of [
    ['segmented', 'a'],
    ['secret', 'secret'],
    ['locked', 'lock'],
  ]) {
    const made = await ask(key, 'POST', '', { body: sticker(name, name === 'secret' ? 'MARKED' : 'open') });
    assert.equal(made.status, 200, made.text);
    ids[name] = JSON.parse(made.text).id;
  }
});

after(async () => {
  server.closeAllConnections();
  server.close();
  await guarded.kit.close();
  await guarded.knex.destroy();
});

/** Sends one request byte for byte, and gives the answer as it came. */
async function ask(key, method, path, { body, headers = {}, raw } = {}) {
  const json = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const lines = {
    host: 'app',
    'x-api-key': keys[key],
    connection: 'close',
    ...(json === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }),
    ...headers,
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(server.address().port, '127.0.0.1');
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const top = raw ?? `${method} ${guarded.path}${path} HTTP/1.1\r\n`;
  socket.write(`${top}${head.join('')}\r\n${json}`);
  await once(socket, 'close');
  const text = Buffer.concat(chunks).toString('latin1');
  const [first = '', ...rest] = text.split('\r\n\r\n');
  return { status: Number(first.split(' ')[1]), text: rest.join('\r\n\r\n'), all: text };
}

/** What must be as it was, whatever was tried: nothing secret was shown, nothing locked or secret was changed. */
async function unharmed(answer, what) {
  assert.ok(!answer.all.includes('MARKED'), `${what}: shows the secret: ${answer.all}`);
  assert.ok(
    answer.status !== 200 && answer.status < 600 && answer.status > 0,
    `${what}: ${answer.status} ${answer.text}`,
  );
  const rows = await guarded.knex('sticker').whereIn('id', Object.values(ids)).orderBy('id');
  assert.deepEqual(
    rows.map(({ id, title, description }) => [id, title, description]),
    [
      [ids.segmented, 'segmented', 'open'],
      [ids.secret, 'secret', 'MARKED'],
      [ids.locked, 'locked', 'open'],
    ],
    what,
  );
}

const withoutDate = ({ all }) => all.replace(/^date: .*\r\n/im, '');

test('the flairs work', async () => {
  const titles = async (key) => JSON.parse((await ask(key, 'GET', '')).text).map(({ title }) => title);
  assert.deepEqual(await titles('a'), ['segmented']);
  assert.deepEqual(await titles('b'), []);
  assert.equal((await titles('plain')).length, 13);
  for (const key of ['plain', 'root', 'lock', 'b']) assert.ok(!(await ask(key, 'GET', '')).all.includes('MARKED'));
  assert.ok((await ask('secret', 'GET', '')).all.includes('MARKED'));
  const opaque = JSON.parse((await ask('root', 'GET', `/${ids.secret}`)).text);
  assert.deepEqual([opaque.description, opaque.url, opaque.opaque, opaque.title], [null, null, true, 'secret']);
  const refused = await ask('plain', 'DELETE', `/${ids.locked}`);
  assert.equal(refused.status, 403);
  assert.match(refused.text, /locked by keeper\[lock\]/);
  assert.equal((await ask('root', 'PUT', `/${ids.locked}`, { body: sticker('locked', 'open') })).status, 200);
  assert.equal((await ask('a', 'PUT', `/${ids.segmented}`, { body: sticker('segmented', 'open') })).status, 200);
});

test('what is hidden answers as what is missing, header for header', async () => {
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
    const body = method === 'PUT' ? sticker('x', 'y') : undefined;
    const missing = await ask('b', method, '/999', { body });
    assert.equal(missing.status, 404);
    for (const id of [1, ...Object.values(ids)]) {
      assert.equal(withoutDate(await ask('b', method, `/${id}`, { body })), withoutDate(missing), `${method} ${id}`);
    }
  }
});

test('no other spelling of an id reaches a row', async () => {
  for (const id of [ids.secret, ids.locked]) {
    const spellings = [
      `0${id}`,
      `+${id}`,
      `-${id}`,
      `${id}.0`,
      `${id}e0`,
      `0x${id.toString(16)}`,
      `0b${id.toString(2)}`,
      `0o${id.toString(8)}`,
      `%20${id}`,
      `${id}%20`,
      `%09${id}`,
      `${id}%00`,
      `${id}%0a`,
      encodeURIComponent('\uff11\uff12'),
      `%3${String(id)[0]}${String(id).slice(1)}x`,
      `${id},1`,
      `${id};1`,
      `./${id}`,
      `../stickers/${id}`,
      `%2e%2e/stickers/${id}`,
      `${id}/../${id}`,
      `[${id}]`,
      'Infinity',
      'NaN',
      '1e309',
      '9'.repeat(30),
      "1'--",
      '%',
      '%ff',
      '%E0%A4%A',
      `${id}%2f`,
      `${id}?/x`.replace('?', '%3f'),
    ];
    for (const spelling of spellings) {
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
        const body = method === 'PUT' ? sticker('taken', 'taken') : undefined;
        await unharmed(await ask('plain', method, `/${spelling}`, { body }), `${method} /${spelling}`);
      }
    }
  }
});

test('slashes more are judged as one', async () => {
  for (const path of [`//${ids.secret}`, `///${ids.secret}/`])
    assert.ok(!(await ask('plain', 'GET', path)).all.includes('MARKED'));
  for (const method of ['PUT', 'DELETE']) {
    const body = method === 'PUT' ? sticker('taken', 'taken') : undefined;
    await unharmed(await ask('plain', method, `//${ids.locked}`, { body }), method);
  }
});

test('no route, method or override that is not on the table is answered', async () => {
  const body = sticker('taken', 'taken');
  const id = ids.locked;
  for (const method of [
    'PATCH',
    'POST',
    'OPTIONS',
    'LINK',
    'PURGE',
    'COPY',
    'MOVE',
    'SEARCH',
    'PROPFIND',
    'LOCK',
    'UNLOCK',
  ]) {
    await unharmed(await ask('plain', method, `/${id}`, { body }), method);
  }
  for (const path of [
    `/${ids.secret}/export`,
    `/${ids.secret}/history`,
    '/search?q=MARKED',
    '/count',
    `/${ids.secret}.json`,
    `/${ids.secret}/rename`,
  ]) {
    await unharmed(await ask('plain', 'GET', path), path);
    await unharmed(await ask('plain', 'POST', path, { body }), path);
  }
  for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
    await unharmed(await ask('plain', 'POST', '', { body: sticker('', ''), headers: { [name]: 'DELETE' } }), name);
  }
});

test('an id in the body, in any form, moves nothing', async () => {
  const free = JSON.parse((await ask('plain', 'POST', '', { body: sticker('free', 'open') })).text).id;
  for (const member of ['id', 'ID', 'Id', 'id ', '"id"', 'sticker.id']) {
    for (const [path, method] of [
      [`/${free}`, 'PUT'],
      [`/${ids.secret}`, 'PUT'],
      ['', 'POST'],
    ]) {
      const body = { ...sticker('taken', 'taken'), [member]: 500 };
      const answer = await ask('plain', method, path, { body });
      assert.notEqual(answer.status, 200, `${method} ${path} ${member}`);
      await unharmed(answer, `${method} ${path} ${member}`);
      assert.equal(await guarded.knex('sticker').where('id', 500).first(), undefined);
    }
  }
  const twice = `{"id": ${free}, "title": "t", "description": "d", "rating": 1, "url": "u", "id": 500}`;
  await unharmed(await ask('plain', 'PUT', `/${free}`, { body: twice }), 'the id twice');
  for (const body of [[], [sticker('t', 'd')], 'null', '1', '"text"', '{', '{"__proto__": {"id": 500}}']) {
    await unharmed(await ask('plain', 'PUT', `/${ids.secret}`, { body }), JSON.stringify(body));
    await unharmed(await ask('plain', 'POST', '', { body }), JSON.stringify(body));
  }
  const blanked = JSON.parse((await ask('plain', 'GET', `/${ids.secret}`)).text);
  await unharmed(await ask('plain', 'PUT', `/${ids.secret}`, { body: blanked }), 'the blanked copy');
  assert.equal((await ask('plain', 'DELETE', `/${free}`)).status, 200);
});

test('no encoding, part or condition shows a withheld byte, and sizes do not tell', async () => {
  const kinds = [
    { 'accept-encoding': 'gzip, br, deflate' },
    { range: 'bytes=0-20' },
    { range: 'bytes=-30', 'if-range': '"x"' },
    { 'if-none-match': '*' },
    { 'if-none-match': 'W/"1"' },
    { 'if-modified-since': 'Sat, 01 Jan 2050 00:00:00 GMT' },
    { te: 'trailers' },
    { accept: 'text/event-stream' },
    { upgrade: 'websocket', connection: 'close, Upgrade' },
    { expect: '100-continue' },
    { accept: 'text/html' },
  ];
  for (const headers of kinds) {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', `/${ids.secret}`],
      ['HEAD', `/${ids.secret}`],
      ['HEAD', ''],
    ]) {
      const { all, status } = await ask('plain', method, path, { headers });
      const what = `${method} ${path} ${JSON.stringify(headers)}`;
      assert.ok(
        !all.includes('MARKED') && !/^(content-encoding|content-range|etag: W)/im.test(path === '' ? '' : all),
        `${what}: ${all}`,
      );
      assert.ok([100, 200, 304, 404, 417].includes(status), `${what}: ${status}`);
    }
  }
  // Written before each look: the app lists without an order, so PostgreSQL puts last what was written last.
  const listed = async (text) => {
    await guarded.knex('sticker').where('id', ids.secret).update({ description: text, url: text });
    return withoutDate(await ask('plain', 'GET', ''));
  };
  const long = await listed(`MARKED ${'x'.repeat(5000)}`);
  assert.equal(await listed('MARKED'), long);
});

test('queries that the table does not name, and requests behind each other, tell nothing', async () => {
  for (const query of [
    '?id=1',
    '?sort=description',
    '?description=MARKED',
    '?_method=DELETE',
    '?fields=url',
    '?a=1&a=2',
    '?callback=x',
    '?%00',
  ]) {
    await unharmed(await ask('plain', 'GET', query), query);
    await unharmed(await ask('plain', 'DELETE', `/${ids.secret}${query}`), query);
  }
  const line = (path) => `GET ${guarded.path}${path} HTTP/1.1\r\nhost: app\r\nx-api-key: ${keys.plain}\r\n\r\n`;
  const { all } = await ask('plain', 'GET', '', {
    raw: `${line('')}${line(`/${ids.secret}`)}GET ${guarded.path}/${ids.secret} HTTP/1.1\r\n`,
  });
  assert.equal(all.match(/HTTP\/1\.1 200/g)?.length, 3);
  assert.ok(!all.includes('MARKED'));
});
