import { createClient, createServiceFetch } from '@flairgate/client';
import { describe, expect, it } from 'vitest';

const credential = { kind: 'organization-key', oid: 'a5b1c2d3-0000-4000-8000-00000000abcd', key: 'no key' } as const;

const makers = {
  createClient: (url: string, allowHttp?: unknown) =>
    createClient({ url, credential, ...(allowHttp === undefined ? {} : { allowHttp: allowHttp as string[] }) }),
  createServiceFetch: (url: string, allowHttp?: unknown) =>
    createServiceFetch({
      url,
      serviceKey: 'no key',
      audience: 'sensors',
      ...(allowHttp === undefined ? {} : { allowHttp: allowHttp as string[] }),
    }),
};

describe.each(Object.entries(makers))('%s', (_name, make) => {
  it('the option allowHttp takes http for this machine and for the hosts that it is given', () => {
    make('https://auth.example');
    make('http://127.0.0.1:8787');
    make('http://auth:8787', ['auth']);
    make('http://auth.internal/base', ['other', 'auth.internal']);
  });

  it('the option allowHttp takes no http for any other host', () => {
    const refusal = 'url: must be an https URL';
    expect(() => make('http://auth:8787')).toThrow(refusal);
    expect(() => make('http://auth.example', ['auth'])).toThrow(refusal);
    expect(() => make('http://auth@other', ['auth'])).toThrow(refusal);
    expect(() => make('ftp://auth', ['auth'])).toThrow(refusal);
  });

  it.each([[['*']], [['auth:8787']], [['']], [['http://auth']], ['auth'], [[7]], [[['auth']]]])(
    'the option allowHttp must be a list of host names: %j',
    (allowHttp) => {
      expect(() => make('http://auth', allowHttp)).toThrow('allowHttp: must be a list of host names');
    },
  );
});
