import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProgramFolder, programFolder, type RunningProgram } from '../running-program.js';

interface Lime {
  readonly url: string;
  readonly key: string;
}

let folder: ProgramFolder<Lime & RunningProgram>;
let lime: Lime;

beforeAll(async () => {
  const program = { example: 'lime-style', env: { PORT: '0' }, ready: /^curl .*\n/m };
  folder = await programFolder(program, (text) => ({
    url: /serves (http:\S+?)[;\s]/.exec(text)?.[1] ?? '',
    key: /^The key of invoice-robot: (\S+)$/m.exec(text)?.[1] ?? '',
  }));
  lime = await folder.start();
});
afterAll(() => folder.remove());

/** Sends a request as limeclient does: the key in `x-api-key`, JSON in the body. */
async function call(method: string, path: string, data?: object, key = lime.key) {
  const answer = await fetch(new URL(path, lime.url), {
    method,
    headers: { 'x-api-key': key, accept: 'application/hal+json', 'content-type': 'application/json' },
    ...(data === undefined ? {} : { body: JSON.stringify(data) }),
  });
  const text = await answer.text();
  const body = text === '' ? {} : JSON.parse(text);
  return { status: answer.status, type: answer.headers.get('content-type'), body };
}

const BASE = '/api/v1/my_app';

describe("Lime's client", () => {
  it("Lime's client tests its key at the entry of the API, at both addresses", async () => {
    for (const base of ['/my_app/api/v1', BASE]) {
      const { status, type, body } = await call('GET', `${base}/`);
      expect(status).toBe(200);
      expect(type).toContain('application/hal+json');
      expect(body._links.limetypes.map(({ name }: { name: string }) => name)).toEqual(['company', 'person']);
    }
    expect((await call('GET', `${BASE}/`, undefined, 'ABC123')).status).toBe(401);
  });

  it("Lime's client reads a type and follows its links to fields and options", async () => {
    const { body } = await call('GET', `${BASE}/metadata/entities/company/?_embed=all`);
    const fields = body._links.fields.map(({ href }: { href: string }) => body._embedded[href]);
    expect(fields.map(({ name }: { name: string }) => name)).toEqual(['name', 'phone', 'buyingstatus']);
    const { href } = body._links.fields[2];
    expect((await call('GET', href)).body).toEqual(fields[2]);
    expect(fields[2].options[1]).toEqual({ id: 2, key: 'prospect', localname: 'Prospect' });
  });

  it("Lime's client adds, reads, changes, lists and deletes objects", async () => {
    const made = await call('POST', `${BASE}/limeobject/company/`, { name: 'Acme', buyingstatus: 'active' });
    expect(made).toMatchObject({ status: 201, body: { name: 'Acme', phone: null, buyingstatus: 'active' } });
    const { _id: id } = made.body;
    const read = await call('GET', `${BASE}/entities/company/${id}?_embed=all`);
    expect(read.body).toEqual(made.body);
    expect((await call('GET', read.body._links.metadata.href)).body.name).toBe('company');
    expect((await call('PUT', `${BASE}/limeobject/company/${id}/`, { name: 'Acme AB' })).status).toBe(200);
    await call('POST', `${BASE}/limeobject/company/`, { name: 'Other' });
    const first = (await call('GET', `${BASE}/limeobject/company/?_limit=1`)).body;
    const second = (await call('GET', first._links.next.href)).body;
    const names = [first, second].map((page) => page._embedded.limeobjects[0].name);
    expect(names.sort()).toEqual(['Acme AB', 'Other']);
    expect(second._links.next).toBeUndefined();
    expect((await call('DELETE', `${BASE}/limeobject/company/${id}/`)).status).toBe(204);
    expect((await call('GET', `${BASE}/limeobject/company/${id}/`)).status).toBe(404);
  });

  it("Lime's client is refused what no policy gives, and what is no object", async () => {
    expect(await call('GET', `${BASE}/limeobject/deal/`)).toMatchObject({
      status: 401,
      body: { missing: ['deal.read'] },
    });
    expect((await call('GET', `${BASE}/limeobject/unknown/`)).status).toBe(404);
    expect((await call('POST', `${BASE}/limeobject/person/`, { nam: 'x' })).status).toBe(400);
    expect((await call('POST', `${BASE}/limeobject/company/`, { name: 'x', buyingstatus: 'none' })).status).toBe(400);
  });
});
