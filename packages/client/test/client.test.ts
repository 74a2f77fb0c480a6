import { type ClientOptions, createClient, FlairgateClientError } from '@flairgate/client';
import { describe, expect, it } from 'vitest';

const KEY = 'the-key-of-a-caller';
const OID = '6d0a4cf4-5a5b-4b7c-8a5e-0d3f7d1f2a10';

/** A token of this lifetime, told apart by its number. */
function tokenOf(number: number, lifetimeSeconds: number): string {
  const claims = { iat: 1000, exp: 1000 + lifetimeSeconds, jti: String(number) };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;
}

type Answers = readonly (Response | Error)[];

/** A client over answers that the test writes, one after the other; notes what was sent and how long it waited. */
function over(answers: Answers, more: Partial<ClientOptions> = {}) {
  const left = [...answers];
  const sent: { readonly url: string; readonly init: RequestInit; readonly headers: Headers }[] = [];
  const waitedMs: number[] = [];
  const clock = { ms: 0 };
  let minted = 0;
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const url = String(input);
    sent.push({ url, init, headers: new Headers(init.headers) });
    if (url.endsWith('/jwt')) {
      minted += 1;
      return Response.json({ jwt: tokenOf(minted, 3600) });
    }
    const next = left.shift() ?? Response.json({ ident: 'vendor', orgs: [OID], perms: [] });
    if (next instanceof Error) throw next;
    return next;
  };
  const client = createClient({
    url: 'https://auth.example/',
    credential: { kind: 'organization-key', oid: OID, key: KEY },
    fetch,
    now: () => clock.ms,
    wait: async (ms) => void waitedMs.push(ms),
    ...more,
  });
  const calls = () => sent.filter(({ url }) => !url.endsWith('/jwt'));
  return { client, sent, calls, waitedMs, clock };
}

function problem(status: number, members: object, headers: Record<string, string> = {}): Response {
  return Response.json({ status, detail: 'said so', ...members }, { status, headers });
}

async function failure(call: Promise<unknown>): Promise<FlairgateClientError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason) => reason,
  );
  if (error instanceof FlairgateClientError) return error;
  throw new Error('the call did not fail as it should', { cause: error });
}

describe('the credential of a client', () => {
  it('the key of a client is exchanged once for concurrent calls, and again 30 seconds before the token expires', async () => {
    const { client, sent, clock } = over([]);
    await Promise.all([client.who(), client.who()]);
    const exchanges = () => sent.filter(({ url }) => url.endsWith('/jwt'));
    expect(exchanges()).toHaveLength(1);
    clock.ms = 3_569_999;
    await client.who();
    expect(exchanges()).toHaveLength(1);
    clock.ms = 3_570_000;
    await client.who();
    expect(exchanges()).toHaveLength(2);
    expect(sent.at(-1)?.headers.get('authorization')).toBe(`Bearer ${tokenOf(2, 3600)}`);
  });

  it('the key of a client is exchanged again after a renewal, even while an earlier exchange is running', async () => {
    let minted = 0;
    const open: (() => void)[] = [];
    const used: (string | null)[] = [];
    const fetch: typeof globalThis.fetch = async (input, init = {}) => {
      if (!String(input).endsWith('/jwt')) {
        used.push(new Headers(init.headers).get('authorization'));
        return Response.json({ ident: 'vendor', orgs: [OID], perms: [] });
      }
      minted += 1;
      const jwt = tokenOf(minted, 3600);
      await new Promise<void>((answer) => open.push(answer));
      return Response.json({ jwt });
    };
    const credential = { kind: 'organization-key', oid: OID, key: KEY } as const;
    const client = createClient({ url: 'https://auth.example/', credential, fetch, now: () => 0 });
    const before = client.who();
    client.renewToken();
    const after = client.who();
    await expect.poll(() => open.length).toBe(2);
    for (const answer of open.reverse()) answer();
    await Promise.all([before, after]);
    await client.who();
    expect(minted).toBe(2);
    expect(used.at(-1)).toBe(`Bearer ${tokenOf(2, 3600)}`);
  });

  it('the key of a client is in no URL, and is sent only to the exchange', async () => {
    const { client, sent } = over([]);
    await client.who();
    await client.organizationKeys.create(OID, { name: 'vendor' });
    await client.audit.page(OID, { limit: 5 });
    for (const { url, init } of sent) {
      expect(url).not.toContain(KEY);
      expect(init).toMatchObject({ redirect: 'error', credentials: 'omit', referrerPolicy: 'no-referrer' });
      expect(String(init.body ?? '').includes(KEY)).toBe(url.endsWith('/jwt'));
    }
  });

  it('the key of a client is exchanged again, once, after its token was refused', async () => {
    const refused = () => problem(401, { code: 'ERR_TOKEN_INVALID' });
    const { client, sent, calls } = over([refused()]);
    await client.organizationKeys.rotate(OID, 'abcdefghij');
    expect(calls()).toHaveLength(2);
    expect(sent.filter(({ url }) => url.endsWith('/jwt'))).toHaveLength(2);
    const again = over([refused(), refused(), refused()]);
    expect((await failure(again.client.who())).code).toBe('ERR_TOKEN_INVALID');
    expect(again.calls()).toHaveLength(2);
  });

  it('the credential of a client can be a key that is sent unchanged, or tokens from another source', async () => {
    const plain = over([], { credential: { kind: 'key', key: KEY } });
    await plain.client.who();
    expect(plain.sent.map(({ headers }) => headers.get('x-api-key'))).toEqual([KEY]);
    let given = 0;
    const token = () => `token-${++given}`;
    const provided = over([problem(401, { code: 'ERR_TOKEN_INVALID' })], { credential: { kind: 'token', token } });
    await provided.client.who();
    expect(provided.calls().map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });
});

describe('a call that fails', () => {
  it('the error of a call has the detail of the service and nothing of the credential', async () => {
    const members = { code: 'ERR_PERMISSION_MISSING', missing: ['apikey.ctrl'], detail: 'missing permission' };
    const error = await failure(over([problem(401, members)]).client.organizationKeys.list(OID));
    expect(error).toMatchObject({
      message: 'missing permission',
      status: 401,
      code: 'ERR_PERMISSION_MISSING',
      missing: ['apikey.ctrl'],
      issues: [],
      retryAfterSeconds: undefined,
    });
    expect(JSON.stringify(error) + error.stack).not.toContain(KEY);
  });

  it('an answer that is not a problem document rejects with FlairgateClientError too', async () => {
    const html = new Response('<h1>Bad Gateway</h1>', { status: 502 });
    expect(await failure(over([html]).client.who())).toMatchObject({ status: 502, code: undefined });
    const broken = new Response('<h1>hello</h1>', { status: 200 });
    expect(await failure(over([broken]).client.who())).toMatchObject({ status: 200, code: undefined });
    const error = await failure(over([new TypeError('fetch failed')], { maxRetries: 0 }).client.who());
    expect(error).toMatchObject({ status: undefined, message: 'the service could not be reached' });
  });
});

describe('a call is tried again', () => {
  const busy = () => problem(429, { code: 'ERR_RATE_LIMITED' }, { 'retry-after': '2' });
  const down = () => problem(503, { code: 'ERR_STORE_UNAVAILABLE' }, { 'retry-after': '1' });
  const silent = () => new TypeError('fetch failed');

  it('a call is tried again after 429, whatever it is, as the service says', async () => {
    const { client, calls, waitedMs } = over([busy(), busy(), Response.json({ success: true })]);
    await client.organizationKeys.revoke(OID, 'abcdefghij');
    expect(calls()).toHaveLength(3);
    expect(waitedMs).toEqual([2000, 2000]);
  });

  it('a call is never tried again for longer or more often than the client is told', async () => {
    const long = problem(429, { code: 'ERR_RATE_LIMITED' }, { 'retry-after': '3600' });
    const patient = over([long]);
    expect(await failure(patient.client.who())).toMatchObject({ status: 429, retryAfterSeconds: 3600 });
    expect(patient.calls()).toHaveLength(1);
    const often = over([busy(), busy(), busy(), busy()]);
    expect((await failure(often.client.who())).status).toBe(429);
    expect(often.calls()).toHaveLength(3);
  });

  it('a call is tried again after 503 and silence where it reads', async () => {
    const { client, calls, waitedMs } = over([down(), silent()]);
    await client.who();
    expect(calls()).toHaveLength(3);
    expect(waitedMs).toEqual([1000, 500]);
  });

  it('a call is tried again after 503 and silence where it creates, under one idempotency key', async () => {
    const { client, calls } = over([down(), silent(), Response.json({ api_key: 'secret', key_hash: 'abcdefghij' })]);
    await client.organizationKeys.create(OID, { name: 'vendor' });
    const keys = calls().map(({ headers }) => headers.get('idempotency-key'));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['an activation', (client: ReturnType<typeof createClient>) => client.apiUsers.activate(OID, 'a-user')],
    ['a revocation', (client: ReturnType<typeof createClient>) => client.organizationKeys.revoke(OID, 'abcdefghij')],
    ['a policy', (client: ReturnType<typeof createClient>) => client.policies.put(OID, 'sales', {})],
  ])('a call that may have taken effect is not %s after 503 or silence', async (_name, call) => {
    for (const answer of [down(), silent()]) {
      const { client, calls } = over([answer]);
      await failure(call(client));
      expect(calls()).toHaveLength(1);
    }
  });
});

describe('the signal of a call', () => {
  it('the signal of a call ends it with its own reason, before and while it waits', async () => {
    const reason = new Error('no longer wanted');
    const ended = AbortSignal.abort(reason);
    await expect(over([]).client.who({ signal: ended })).rejects.toBe(reason);
    const controller = new AbortController();
    const { client } = over([problem(429, {}, { 'retry-after': '1' })], {
      wait: (_ms, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
          controller.abort(reason);
        }),
    });
    await expect(client.who({ signal: controller.signal })).rejects.toBe(reason);
  });

  it('the signal of a call does not end the exchange that another call waits for', async () => {
    const controller = new AbortController();
    const { client } = over([]);
    const both = [client.who({ signal: controller.signal }), client.who()] as const;
    controller.abort(new Error('no longer wanted'));
    await expect(both[0]).rejects.toThrow('no longer wanted');
    await expect(both[1]).resolves.toMatchObject({ ident: 'vendor' });
  });
});

describe('a list that comes in pages', () => {
  it('a list that comes in pages is read to its end, each page when it is needed', async () => {
    const pages = [
      { api_keys: { first: { name: 'a' } }, next_cursor: 'on' },
      { api_keys: { second: { name: 'b' } } },
    ].map((page) => Response.json(page));
    const { client, calls } = over(pages);
    expect(Object.keys(await client.organizationKeys.list(OID))).toEqual(['first', 'second']);
    expect(calls().map(({ url }) => new URL(url).search)).toEqual(['', '?cursor=on']);
    const audit = over([Response.json({ events: [{ id: '1' }, { id: '2' }], next_cursor: 'on' })]);
    for await (const { id } of audit.client.audit.entries(OID, { limit: 2 })) if (id === '2') break;
    expect(audit.calls().map(({ url }) => new URL(url).search)).toEqual(['?limit=2']);
  });
});

describe('invitations of the calling user', () => {
  it('invitations of the calling user are listed page by page, and accepting one renews the token while declining one does not', async () => {
    const offer = { oid: OID, name: 'acme', role: 'member', made: 1, ends: 2 } as const;
    const { client, sent, calls } = over([
      Response.json({ invitations: [offer], next_cursor: 'on' }),
      Response.json({ invitations: [{ ...offer, role: null }] }),
      Response.json({ success: true, everywhereBy: 3 }),
      Response.json({ success: true, everywhereBy: 3 }),
    ]);
    const offers = [];
    for await (const one of client.invitations.list()) offers.push(one);
    expect(offers).toEqual([offer, { ...offer, role: null }]);
    await client.invitations.decline(OID);
    await client.invitations.accept(OID);
    await client.who();
    const path = 'https://auth.example/v1/user/invitations';
    expect(calls().map(({ url, init }) => `${init.method} ${url}`)).toEqual([
      `GET ${path}`,
      `GET ${path}?cursor=on`,
      `DELETE ${path}/${OID}`,
      `POST ${path}/${OID}`,
      'GET https://auth.example/v1/who',
    ]);
    expect(sent.filter(({ url }) => url.endsWith('/jwt'))).toHaveLength(2);
  });
});

describe('the users of an organization', () => {
  it('the users of an organization are marked as not accepted while their membership is only offered', async () => {
    const uid = '0b3c1f7e-7b0f-4a43-9f3c-1f0c8a7d5e21';
    const page = {
      user_permissions: { 'ann@acme.example': ['dr.list'], [uid]: [] },
      roles: { 'ann@acme.example': 'owner', [uid]: 'member' },
      offered: [uid],
      etags: { 'ann@acme.example': '1', [uid]: '2' },
    };
    const { client } = over([Response.json(page)]);
    expect(await client.users.members(OID)).toEqual([
      { email: 'ann@acme.example', role: 'owner', permissions: ['dr.list'], accepted: true, etag: '1' },
      { email: uid, role: 'member', permissions: [], accepted: false, etag: '2' },
    ]);
  });
});

describe('a list by name', () => {
  it('a list by name holds every name, also one that objects have by themselves', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'pushes'];
    const page = `{"keys":{${names.map((name) => `"${name}":"masked"`).join()}}}`;
    const { client } = over([new Response(page, { headers: { 'content-type': 'application/json' } })]);
    const keys = await client.ingestionKeys.list(OID);
    expect(Object.keys(keys)).toEqual(names);
    expect(Object.getPrototypeOf(keys)).toBeNull();
    const { client: empty } = over([Response.json({ api_keys: {} })]);
    expect((await empty.organizationKeys.list(OID)).constructor).toBeUndefined();
  });
});

describe('what a client is told', () => {
  it('a client sends the reason, the version and the idempotency key it is told', async () => {
    const { client, calls } = over([]);
    await client.policies.put(OID, 'a/b c', {}, { etag: '7', reason: 'asked for' });
    await client.groups.create({ name: 'sales' }, { idempotencyKey: 'once' });
    await client.policies.put(OID, 'sales', {}, { isNew: true });
    expect(calls()[0]?.url).toBe(`https://auth.example/v1/orgs/${OID}/policies/a%2Fb%20c`);
    expect(calls()[0]?.headers.get('if-match')).toBe('"7"');
    expect(calls()[0]?.headers.get('x-reason')).toBe('asked for');
    expect(calls()[1]?.headers.get('idempotency-key')).toBe('once');
    expect(calls()[2]?.headers.get('if-none-match')).toBe('*');
  });

  it.each(['..', '.', ''])('a client never leaves its path by a name: %j', async (name) => {
    const { client, calls } = over([]);
    expect(() => client.policies.read(OID, name)).toThrow(TypeError);
    expect(calls()).toEqual([]);
  });

  it.each([
    [{ url: 'http://auth.example' }, 'url: must be an https URL'],
    [{ timeoutMs: 1 }, 'timeoutMs: must be an integer from 100 to 60000'],
    [{ maxRetries: 11 }, 'maxRetries: must be an integer from 0 to 10'],
    [{ maxRetryWaitSeconds: -1 }, 'maxRetryWaitSeconds: must be an integer from 0 to 300'],
    [{ credential: { kind: 'key', key: '' } as const }, 'credential.key: must be a non-empty string'],
    [{ maxRetry: 3, timeoutMs: 100 }, 'unknown option `maxRetry`'],
  ])('a client refuses what cannot be used: %j', (option, message) => {
    expect(() => over([], option)).toThrow(message);
  });
});
