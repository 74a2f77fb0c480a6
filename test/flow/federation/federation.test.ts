import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from '@flairgate/client';
import { isDenial } from '@flairgate/core';
import { createKey } from '@flairgate/core/administration';
import { createResourceRules } from '@flairgate/core/resources';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearerWith, type CallBy, callerWith, type Reply } from '../caller.ts';
import { done, operator, type RunningService, runService, seed } from '../running-service.ts';
import { fakeGithub } from './fake-github.ts';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

const github = fakeGithub();
const rule = {
  issuer: github.issuer,
  audience: 'https://api.example.com',
  match: ['repository_id=74', 'ref=refs/heads/main'],
};

let folder: string;
let running: RunningService;
/** Another gateway on the same database. */
let other: RunningService;
let oid: string;
let managerKey: string;
let manager: CallBy;
let owner: CallBy;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  const open = async () =>
    runService(await sqliteStore({ file: join(folder, 'test.db') }), {
      federation: { fetch: github.fetch },
      resources: ['https://mcp.example/mcp'],
      gate: { failureLimit: { limit: 1_000_000 } },
    });
  running = await open();
  other = await open();
  const seeded = await seed(running);
  ({ oid } = seeded);
  managerKey = seeded.organizationKey.text;
  manager = callerWith(running, managerKey);
  owner = callerWith(running, seeded.userKey.text);
});

afterAll(async () => {
  await running.close();
  await other.close();
  await rm(folder, { recursive: true });
});

async function federate(by: CallBy, name: string, changes: object = {}): Promise<Reply> {
  return by('POST', `/v1/orgs/${oid}/federations`, { json: { name, ...rule, perms: ['dr.list'], ...changes } });
}

function anonymous(at: RunningService): CallBy {
  return async (method, path, { form } = {}) => {
    const body = new URLSearchParams(form as Record<string, string>).toString();
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const sent = await at.send({ method, path, body, headers });
    return { status: sent.status, etag: undefined, body: JSON.parse(sent.text), text: () => sent.text };
  };
}

function exchange(federationId: string, token: string, at = running): Promise<Reply> {
  return anonymous(at)('POST', '/oauth/token', {
    form: {
      grant_type: TOKEN_EXCHANGE,
      subject_token: token,
      subject_token_type: ID_TOKEN,
      federation_id: federationId,
    },
  });
}

const who = (jwt: unknown, at = running) => bearerWith(at, String(jwt))('GET', `/v1/who?oid=${oid}`);
const curl = promisify(execFile);

describe('a job of GitHub Actions', () => {
  it('a job gets a 15-minute token by curl, with the permissions of its federation and an identity of its own', async () => {
    const { federation_id: id } = (await federate(owner, 'deploy[segment]', { perms: ['dr.list', 'dr.set'] })).body;
    const fields = {
      grant_type: TOKEN_EXCHANGE,
      subject_token: github.token(),
      subject_token_type: ID_TOKEN,
      federation_id: String(id),
    };
    const data = Object.entries(fields).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`]);
    const { stdout } = await curl('curl', ['--silent', '--show-error', `${running.url}/oauth/token`, ...data]);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ token_type: 'Bearer', scope: 'dr.list dr.set' });
    expect(answer.expires_in).toBeGreaterThan(895);
    expect(answer.expires_in).toBeLessThanOrEqual(900);
    const { body } = await who(answer.access_token);
    expect(body).toMatchObject({ ident: 'deploy[segment]', perms: ['dr.list', 'dr.set'], orgs: [oid] });
  });

  it('a job gets a token by the assertion of RFC 7523 too', async () => {
    const { federation_id: id } = (await federate(manager, 'assert')).body;
    const form = { grant_type: JWT_BEARER, assertion: github.token(), federation_id: String(id) };
    const answer = await anonymous(running)('POST', '/oauth/token', { form });
    expect(answer.status).toBe(200);
    expect((await who(answer.body.access_token)).body).toMatchObject({ ident: 'assert', perms: ['dr.list'] });
  });

  it('a job cannot use its token a second time, also not at another gateway', async () => {
    const { federation_id: id } = (await federate(manager, 'once')).body;
    const token = github.token();
    expect((await exchange(String(id), token)).status).toBe(200);
    const again = await Promise.all([exchange(String(id), token), exchange(String(id), token, other)]);
    for (const { status, body } of again) {
      expect([status, body]).toEqual([400, { error: 'invalid_request', error_description: 'the token is not valid' }]);
    }
    expect((await exchange(String(id), github.token(), other)).status).toBe(200);
  });

  it('a job that asks many times at once with one token gets one token', async () => {
    const { federation_id: id } = (await federate(manager, 'race')).body;
    const token = github.token();
    const asked = [running, other, running, other].map((at) => exchange(String(id), token, at));
    const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 400, 400, 400]);
  });

  it('a job with a federation that says so can use its token until it expires', async () => {
    const { federation_id: id } = (await federate(manager, 'reusable', { once: false })).body;
    const token = github.token();
    expect((await exchange(String(id), token)).status).toBe(200);
    expect((await exchange(String(id), token)).status).toBe(200);
  });

  it('a job of another federation has another identity, and a name does not continue that of a key', async () => {
    const { administration } = running.service.context;
    const identities = async () => {
      const keys = await administration.store.read((tx) => tx.find('key', { oid }));
      return new Map(keys.filter(({ name }) => name.startsWith('twin')).map(({ kind, identity }) => [kind, identity]));
    };
    await done(createKey(administration, operator, { owner: { kind: 'organization', oid }, name: 'twin' }));
    await federate(manager, 'twin');
    const found = await identities();
    expect(new Set(found.values()).size).toBe(2);
    expect([...found.keys()].sort()).toEqual(['federation', 'organization']);
  });
});

describe('records of a job', () => {
  it('records of a job belong to the identity of its federation, and a segmented second one does not see them', async () => {
    const rules = createResourceRules({ type: 'rule', content: ['data'] });
    const jobOf = async (name: string) => {
      const { federation_id: id } = (await federate(manager, name)).body;
      const { access_token: text } = (await exchange(String(id), github.token())).body;
      const found = await running.service.gate.authenticator.authenticate(
        { kind: 'bearer', text: String(text) },
        undefined,
      );
      if (isDenial(found)) throw new Error(found.reason);
      return found;
    };
    const deploy = await jobOf('records[segment]');
    const record = { id: 'r1', name: 'r1', data: '{}', ...rules.stamp(deploy, 'create') };
    expect(record).toMatchObject({ oid, created_by: deploy.identity });
    expect(rules.view(deploy, [record])).toHaveLength(1);
    expect(rules.view(await jobOf('second[segment]'), [record])).toEqual([]);
    expect(rules.view(await jobOf('third'), [record])).toHaveLength(1);
  });
});

describe('a token of the issuer that a federation does not accept', () => {
  const wrong: readonly [string, object][] = [
    ['of another repository', { repository_id: '75' }],
    ['of another branch', { ref: 'refs/heads/other' }],
    ['for another audience', { aud: 'https://other.example.com' }],
    ['without the claim', { repository_id: undefined }],
    ['with the claim as a number', { repository_id: 74 }],
    ['with the claim as a list', { repository_id: ['74'] }],
    ['of another issuer', { iss: 'https://gitlab.com' }],
    ['that has expired', { exp: 1 }],
    ['without an id', { jti: undefined }],
  ];
  it.each(wrong)('a token %s gets the one answer, and no token', async (name, claims) => {
    const { federation_id: id } = (await federate(manager, `wrong ${name}`)).body;
    const refused = await exchange(String(id), github.token(claims));
    const unknown = await exchange('nosuchfede', github.token());
    expect([refused.status, refused.body]).toEqual([400, unknown.body]);
    expect((await exchange(String(id), github.token())).status).toBe(200);
  });

  it('a token cannot be exchanged while the keys of the issuer cannot be read: 503', async () => {
    const store = await sqliteStore({ file: join(folder, 'test.db') });
    const down = fakeGithub();
    down.setDown(true);
    const third = await runService(store, { federation: { fetch: down.fetch } });
    try {
      const { federation_id: id } = (await federate(manager, 'down')).body;
      const answer = await exchange(String(id), github.token(), third);
      expect([answer.status, answer.body.error]).toEqual([503, 'temporarily_unavailable']);
    } finally {
      await third.close();
    }
  });

  it('a token cannot be exchanged with another credential, or by another form of request', async () => {
    const { federation_id: id } = (await federate(manager, 'form')).body;
    const form = {
      grant_type: TOKEN_EXCHANGE,
      subject_token: github.token(),
      subject_token_type: ID_TOKEN,
      federation_id: String(id),
    };
    const ask = anonymous(running);
    const cases: readonly [object, string][] = [
      [{ grant_type: 'client_credentials' }, 'unsupported_grant_type'],
      [{ subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' }, 'invalid_request'],
      [{ federation_id: '' }, 'invalid_request'],
      [{ grant_type: '' }, 'unsupported_grant_type'],
      [{ assertion: github.token() }, 'invalid_request'],
      [{ grant_type: JWT_BEARER }, 'invalid_request'],
      [{ subject_token: '' }, 'invalid_request'],
    ];
    for (const [changes, error] of cases) {
      const answer = await ask('POST', '/oauth/token', { form: { ...form, ...changes } });
      expect([answer.status, answer.body.error], JSON.stringify(changes)).toEqual([400, error]);
    }
    expect((await manager('POST', '/oauth/token', { form })).status).toBe(401);
    const { federation_id: _id, ...without } = form;
    const missing = await ask('POST', '/oauth/token', { form: without });
    expect([missing.status, missing.body.error]).toEqual([401, 'invalid_client']);
  });
});

describe('a job that asks for less', () => {
  const ask = async (more: Readonly<Record<string, string>>) => {
    const name = `less ${JSON.stringify(more)}`;
    const { federation_id: id } = (await federate(manager, name, { perms: ['dr.list', 'dr.set'] })).body;
    const form = {
      grant_type: TOKEN_EXCHANGE,
      subject_token: github.token(),
      subject_token_type: ID_TOKEN,
      federation_id: String(id),
      ...more,
    };
    const { status, body } = await anonymous(running)('POST', '/oauth/token', { form });
    const [, payload = ''] = String(body.access_token ?? '').split('.');
    const claims = payload === '' ? {} : JSON.parse(Buffer.from(payload, 'base64url').toString());
    return { status, body, claims, jwt: body.access_token };
  };

  it('a job gets a token for one resource of the list, which is refused elsewhere', async () => {
    const { claims, jwt } = await ask({ resource: 'https://mcp.example/mcp' });
    expect(claims.aud).toBe('https://mcp.example/mcp');
    expect((await who(jwt)).status).toBe(401);
  });

  it('a job gets a token with those of the permissions that it names', async () => {
    const { body, claims, jwt } = await ask({ scope: 'dr.set user.ctrl' });
    expect([body.scope, claims.perms]).toEqual(['dr.set', ['dr.set']]);
    expect((await who(jwt)).body).toMatchObject({ perms: ['dr.set'] });
  });

  it.each([
    [{ resource: 'https://other.example/mcp' }, 'invalid_target'],
    [{ audience: 'billing' }, 'invalid_target'],
    [{ resource: 'https://mcp.example/mcp', audience: 'https://other.example' }, 'invalid_target'],
    [{ scope: 'dr.lst' }, 'invalid_scope'],
    [{ address: '192.0.2.1' }, 'invalid_request'],
    [{ actor_token: 'x' }, 'invalid_request'],
  ])('a job that asks for %j gets no token that it did not ask for', async (more, error) => {
    const { status, body } = await ask(more as Readonly<Record<string, string>>);
    expect([status, body.error]).toEqual([400, error]);
  });
});

describe('a federation', () => {
  it('a federation is managed by the client', async () => {
    const client = createClient({ url: running.url, credential: { kind: 'key', key: managerKey } });
    const { issuer, audience } = rule;
    const made = await client.federations.create(oid, {
      name: 'by the client',
      issuer,
      audience,
      match: { repository_id: '74' },
      permissions: ['dr.list'],
      ttlSeconds: 60,
    });
    expect((await client.federations.list(oid))[made.federation_id]).toMatchObject({
      name: 'by the client',
      match: { repository_id: '74' },
      ttl_seconds: 60,
    });
    await client.federations.delete(oid, made.federation_id);
    expect(await client.federations.list(oid)).not.toHaveProperty(made.federation_id);
  });

  it('a federation is listed with its rule, and deleted with its tokens', async () => {
    const { federation_id: id } = (await federate(manager, 'ends', { description: 'for a test' })).body;
    const { access_token: jwt } = (await exchange(String(id), github.token())).body;
    const { federations } = (await manager('GET', `/v1/orgs/${oid}/federations`)).body as {
      readonly federations: Readonly<Record<string, unknown>>;
    };
    expect(federations[String(id)]).toMatchObject({
      name: 'ends',
      issuer: rule.issuer,
      audience: rule.audience,
      match: { repository_id: '74', ref: 'refs/heads/main' },
      priv: ['dr.list'],
      ttl_seconds: 900,
      once: true,
      by: 'manager',
      description: 'for a test',
    });
    expect((await who(jwt)).status).toBe(200);
    const deleted = await manager('DELETE', `/v1/orgs/${oid}/federations`, { json: { federation_id: id } });
    expect(deleted.status).toBe(200);
    expect((await who(jwt)).status).toBe(401);
    expect((await exchange(String(id), github.token())).status).toBe(400);
    const gone = await manager('DELETE', `/v1/orgs/${oid}/federations`, { json: { federation_id: id } });
    expect(gone.status).toBe(404);
  });

  const refused: readonly [string, object, RegExp][] = [
    ['without a match', { match: [] }, /repository_id/],
    [
      'by a name that can be reused',
      { match: ['repository=octo-org/octo-repo'] },
      /must have repository_id: repository/,
    ],
    ['by the subject', { match: ['sub=repo:octo-org/octo-repo:ref:refs/heads/main'] }, /must have repository_id: sub/],
    ['with a wildcard', { match: ['repository_id=74', 'sub=repo:octo-org/*'] }, /wildcard/],
    ['with a wildcard in the id', { match: ['repository_id=*'] }, /wildcard/],
    ['with a claim twice', { match: ['repository_id=74', 'repository_id=75'] }, /once/],
    ['with a claim that is checked anyway', { match: ['repository_id=74', 'aud=x'] }, /aud/],
    ['of an issuer that is not allowed', { issuer: 'https://issuer.example' }, /must be one that the operator allows/],
    ['of the issuer with a slash', { issuer: `${rule.issuer}/` }, /operator/],
    ['that lives too long', { ttl_seconds: 86_401 }, /60 to 86400/],
    ['that lives too short', { ttl_seconds: 59 }, /60 to 86400/],
    ['without an audience', { audience: '' }, /audience/],
    ['with a misspelt flair', { name: 'deploy[segement]' }, /segment/],
  ];
  it.each(refused)('a federation %s is refused', async (_name, changes, message) => {
    const before = (await manager('GET', `/v1/orgs/${oid}/federations`)).body;
    const answer = await federate(manager, 'never', changes);
    expect(answer.status, JSON.stringify(answer.body)).toBe(400);
    expect(answer.body.error).toMatch(message);
    expect((await manager('GET', `/v1/orgs/${oid}/federations`)).body).toEqual(before);
  });

  it('a federation gets no more than its maker has', async () => {
    const answer = await federate(manager, 'more', { perms: ['dr.list', 'user.ctrl'] });
    expect([answer.status, answer.body.code]).toEqual([403, 'ERR_ESCALATION']);
    const root = await federate(manager, 'more[root]');
    expect([root.status, root.body.code]).toEqual([403, 'ERR_ESCALATION']);
  });

  it('a federation has a name of its own in its organization', async () => {
    expect((await federate(manager, 'same')).status).toBe(200);
    const again = await federate(manager, 'same');
    expect([again.status, again.body.code]).toEqual([409, 'ERR_NAME_TAKEN']);
  });

  it('a federation cannot act in the name of a user, or rotate and revoke itself as a key', async () => {
    const { federation_id: id } = (await federate(manager, 'not a user')).body;
    const job = bearerWith(running, String((await exchange(String(id), github.token())).body.access_token));
    const made = await job('POST', '/v1/orgs/new', { form: { loc: 'eu', name: 'mine' } });
    expect([made.status, made.body.code]).toEqual([401, 'ERR_USER_REQUIRED']);
    const rotated = await job('POST', `/v1/orgs/${oid}/keys/${String(id)}/rotate`);
    expect([401, 404]).toContain(rotated.status);
    expect((await manager('DELETE', `/v1/orgs/${oid}/keys`, { form: { key_hash: String(id) } })).status).toBe(404);
  });

  it('a federation is audited when it is created and deleted', async () => {
    const { federation_id: id } = (await federate(manager, 'audited')).body;
    await manager('DELETE', `/v1/orgs/${oid}/federations`, { json: { federation_id: id } });
    const rows = await running.service.context.administration.store.read((tx) => tx.find('audit', { oid }));
    const about = rows.filter(({ target }) => target === id).map(({ action, actorName }) => [action, actorName]);
    expect(about).toEqual([
      ['federation.create', 'manager'],
      ['federation.delete', 'manager'],
    ]);
  });
});
