import { OptionError, UnavailableError } from '@flairgate/core';
import { type RemoteStoreOptions, remoteStore } from '@flairgate/stores/remote';
import { describe, expect, it, vi } from 'vitest';

const URL_OF_ISSUER = 'https://auth.example';
const serviceKey = 'a-service-key-of-this-test';
const page = { protocol: 1, inc: 'one', n: 4, prunedTo: 0, changes: [], organizations: 'all', more: false };

/** A store over answers the test writes; notes what was asked. */
function over(answer: (path: string) => unknown, more: Partial<RemoteStoreOptions> = {}) {
  const asked: { readonly path: string; readonly init: RequestInit }[] = [];
  const store = remoteStore({
    url: `${URL_OF_ISSUER}/`,
    serviceKey,
    fetch: async (url, init) => {
      const { pathname, search } = new URL(url);
      asked.push({ path: pathname + search, init });
      return Response.json(await answer(pathname + search));
    },
    ...more,
  });
  return { store, asked };
}

describe('the options', () => {
  it.each([
    ['an address without https', { url: 'http://auth.example' }],
    ['a user name in the address', { url: 'https://me:it@auth.example' }],
    ['a query in the address', { url: 'https://auth.example/?key=1' }],
    ['no address', { url: 'auth.example' }],
    ['no key', { serviceKey: '' }],
    ['a key with a line end', { serviceKey: `${serviceKey}\n` }],
    ['a short wait', { timeoutMs: 1 }],
    ['a fetch that is none', { fetch: 'fetch' }],
  ])('remoteStore refuses %s', (_what, more) => {
    const options = { url: URL_OF_ISSUER, serviceKey, ...more } as RemoteStoreOptions;
    expect(() => remoteStore(options)).toThrow(OptionError);
  });

  it('remoteStore names the nearest known option, and never the key', () => {
    const misspelt = { url: URL_OF_ISSUER, servicekey: serviceKey } as unknown as RemoteStoreOptions;
    expect(() => remoteStore(misspelt)).toThrow('did you mean `serviceKey`?');
    const bad = { url: URL_OF_ISSUER, serviceKey: `${serviceKey} ` };
    expect(() => remoteStore(bad)).not.toThrow(serviceKey);
  });

  it('remoteStore allows http on this machine', () => {
    for (const url of ['http://127.0.0.1:8787', 'http://localhost:8787', 'http://[::1]:8787']) {
      expect(remoteStore({ url, serviceKey }).kind).toBe('remote');
    }
  });

  it('remoteStore allows http on a host of the cluster that is named, and on no other', () => {
    expect(remoteStore({ url: 'http://auth:8787', serviceKey, allowHttp: ['auth'] }).kind).toBe('remote');
    const other = { url: 'http://other:8787', serviceKey, allowHttp: ['auth'] };
    expect(() => remoteStore(other)).toThrow('url: must be an https URL');
    expect(() => remoteStore({ ...other, allowHttp: ['*'] })).toThrow('allowHttp: must be a list of host names');
  });
});

describe('a store on a host of the cluster', () => {
  it('remoteStore reads key sets and catalogues on a host of the cluster too', async () => {
    const asked: string[] = [];
    const store = remoteStore({
      url: 'http://auth:8787',
      serviceKey,
      allowHttp: ['auth'],
      fetch: async (url) => {
        asked.push(url);
        return Response.json({ keys: [] });
      },
    });
    await store.keys?.(Date.now).refresh?.('kid');
    await expect(store.catalogues?.(Date.now).refresh?.('digest')).rejects.toThrow();
    expect(asked.map((url) => new URL(url).host)).toEqual(['auth:8787', 'auth:8787']);
  });
});

describe('a question', () => {
  it('a look-up goes to the issuer only, with the key in a header and the credential in the body', async () => {
    const { store, asked } = over(() => ({ active: false }));
    expect(await store.introspect('the-key-of-a-caller')).toEqual({ active: false });
    const [{ path, init } = { path: '', init: {} }] = asked;
    expect(path).toBe('/oauth/introspect');
    expect(init).toMatchObject({ method: 'POST', redirect: 'error', credentials: 'omit' });
    expect(new Headers(init.headers).get('x-api-key')).toBe(serviceKey);
    expect(String(init.body)).toBe('token=the-key-of-a-caller');
  });

  it.each([
    ['an answer that is not understood', () => ({ active: 'yes' })],
    ['a list', () => []],
    ['a failure', () => Promise.reject(new Error('down'))],
  ])('a look-up that gets %s is a fault without the credential in it', async (_what, answer) => {
    const { store } = over(answer);
    const error = await store.introspect('the-key-of-a-caller').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/the-key-of-a-caller|a-service-key/);
  });
});

describe('pulling changes', () => {
  it('pulling changes counts what the issuer says of their age, and goes on after the last number', async () => {
    const { store, asked } = over(() => ({ ...page, heldMs: 7000, ageMs: 250 }));
    expect(store.organizations()).toBeUndefined();
    expect(await store.source.pull(undefined)).toMatchObject({ incarnation: 'one', n: 4, ageMs: 250 });
    expect(store.organizations()).toBe('all');
    await store.source.pull(4);
    expect(asked.map(({ path }) => path)).toEqual(['/v1/changes', '/v1/changes?inc=one&after=4']);
  });

  it('pulling changes reads every page before it says anything', async () => {
    const change = (n: number) => ({ n, scope: 'key', id: `k${n}` });
    const { store } = over((path) =>
      path.includes('after=2')
        ? { ...page, changes: [change(3), change(4)], heldMs: 0, ageMs: 0 }
        : { ...page, n: 2, changes: [change(1), change(2)], more: true, heldMs: 0, ageMs: 0 },
    );
    const { n, changes } = await store.source.pull(undefined);
    expect(n).toBe(4);
    expect(changes.map(({ id }) => id)).toEqual(['k1', 'k2', 'k3', 'k4']);
  });

  it('pulling changes fails where the issuer was restored, or pruned, between two pages', async () => {
    for (const odd of [{ inc: 'two' }, { prunedTo: 3 }]) {
      const { store } = over((path) => ({
        ...page,
        ...(path.includes('after=') ? odd : { n: 2, more: true }),
        heldMs: 0,
        ageMs: 0,
      }));
      await expect(store.source.pull(undefined)).rejects.toThrow(UnavailableError);
    }
  });

  it.each([
    { protocol: 2 },
    { protocol: undefined },
    { inc: '' },
    { n: -1 },
    { n: '4' },
    { ageMs: -1 },
    { ageMs: undefined },
    { more: undefined },
    { organizations: 'some' },
    { organizations: undefined },
    { changes: [{ n: 1, scope: 'a scope of tomorrow', id: 'x' }] },
    { changes: [{ n: 1, scope: 'constructor', id: 'x' }] },
    { changes: {} },
    {
      changes: [
        { n: 3, scope: 'key', id: 'late' },
        { n: 2, scope: 'key', id: 'early' },
      ],
    },
    { changes: [{ n: 5, scope: 'key', id: 'after the page' }] },
    { prunedTo: 5 },
  ])('pulling changes fails for an answer with %j', async (change) => {
    const { store } = over(() => ({ ...page, heldMs: 0, ageMs: 0, ...change }));
    await expect(store.source.pull(undefined)).rejects.toThrow(UnavailableError);
  });

  it('pulling changes fails when a page that has more after it is sent again', async () => {
    const { store, asked } = over(() => ({ ...page, more: true, heldMs: 0, ageMs: 0 }));
    await expect(store.source.pull(undefined)).rejects.toThrow(UnavailableError);
    expect(asked).toHaveLength(2);
  });

  it('pulling changes fails when the organizations served are others than before', async () => {
    let organizations: unknown = 'all';
    const { store } = over(() => ({ ...page, organizations, heldMs: 0, ageMs: 0 }));
    await store.source.pull(undefined);
    organizations = ['0f8fad5b-d9cb-469f-a165-70867728950e'];
    await expect(store.source.pull(4)).rejects.toThrow(UnavailableError);
  });
});

describe('the held question', () => {
  it('the held poll wakes at a change, once for each, and stops when told', async () => {
    let answer: ((value: unknown) => void) | undefined;
    const { store, asked } = over((path) =>
      path.includes('wait=')
        ? new Promise((resolve) => {
            answer = resolve;
          })
        : { ...page, heldMs: 0, ageMs: 0 },
    );
    const wake = vi.fn();
    await store.source.pull(undefined);
    const stop = store.onPush(wake);
    await vi.waitFor(() => expect(answer).toBeDefined(), { timeout: 30_000 });
    expect(asked.at(-1)?.path).toContain('inc=one&after=4&wait=');
    answer?.({ ...page, n: 5, heldMs: 100, ageMs: 0 });
    await vi.waitFor(() => expect(asked.at(-1)?.path).toContain('after=5'), { timeout: 30_000 });
    expect(wake).toHaveBeenCalledTimes(1);
    stop();
    expect(asked.at(-1)?.init.signal?.aborted).toBe(true);
    answer?.({ ...page, n: 6, heldMs: 100, ageMs: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(wake).toHaveBeenCalledTimes(1);
  });

  it('the held poll asks nothing before the first pull', async () => {
    const { store, asked } = over(() => ({ ...page, heldMs: 0, ageMs: 0 }));
    const stop = store.onPush(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual([]);
    stop();
  });

  it('the held poll does not ask again at once when a question fails or was not held', async () => {
    const { store, asked } = over((path) =>
      path.includes('wait=') ? Promise.reject(new Error('down')) : { ...page, heldMs: 0, ageMs: 0 },
    );
    await store.source.pull(undefined);
    const stop = store.onPush(() => undefined);
    await vi.waitFor(() => expect(asked.length).toBe(2), { timeout: 30_000 });
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(asked.length).toBe(2);
    stop();
  });
});
