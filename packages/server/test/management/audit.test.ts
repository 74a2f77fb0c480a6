import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectDenied,
  expectShape,
  type NewKey,
  newKey,
  newOrganization,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

interface Event {
  readonly id: string;
  readonly time: number;
  readonly actor: string | null;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
}

describe('the audit over HTTP', () => {
  let bench: ServiceFixture;
  let oid: string;
  let at = 1_700_000_000_000;
  let keys: Record<'auditor' | 'maker' | 'part', NewKey>;
  let made: string[];

  const read = (key: string, query = '') => bench.http.get(`/v1/orgs/${oid}/audit${query}`).set('x-api-key', key);
  const events = async (query: string, key = keys.auditor.text): Promise<readonly Event[]> =>
    (await read(key, query).expect(200)).body.events;

  beforeAll(async () => {
    const clock = {
      wall: () => at,
      monotonic: () => performance.now(),
      after: (ms: number, work: () => void) => {
        const timer = setTimeout(work, ms);
        return () => clearTimeout(timer);
      },
    };
    bench = await startServiceFixture({ clock: clock as never });
    oid = await newOrganization(bench);
    keys = {
      auditor: await newKey(bench, oid, { name: 'auditor', permissions: ['audit.get'] }),
      maker: await newKey(bench, oid, { name: 'maker', permissions: ['apikey.ctrl'] }),
      part: await newKey(bench, oid, { name: 'part[segment]', permissions: ['apikey.ctrl', 'audit.get'] }),
    };
    made = [];
    for (const [n, key] of [keys.maker, keys.maker, keys.part].entries()) {
      at += 60_000;
      const { body } = await bench.http
        .post(`/v1/orgs/${oid}/keys`)
        .set('x-api-key', key.text)
        .send({ key_name: `made ${n}[segment]` });
      made.push(body.key_hash);
    }
    at += 60_000;
    await bench.http
      .delete(`/v1/orgs/${oid}/keys`)
      .set('x-api-key', keys.maker.text)
      .send({ key_hash: made[0] })
      .expect(200);
  });
  afterAll(() => bench.close());

  it('the audit is filtered by key: what was done to it, and what it did', async () => {
    const byMaker = await events(`?key_hash=${keys.maker.keyId}`);
    expect(byMaker.map(({ action, target }) => [action, target])).toEqual([
      ['key.revoke', made[0]],
      ['key.create', made[1]],
      ['key.create', made[0]],
      ['key.create', keys.maker.keyId],
    ]);
    expect((await events(`?key_hash=${made[0]}`)).map(({ action }) => action)).toEqual(['key.revoke', 'key.create']);
  });

  it('the audit is filtered by actor, action and outcome, alone and together', async () => {
    const [, latest] = await events('?action=key.create');
    const actor = latest?.actor ?? '';
    expect((await events(`?actor=${actor}`)).every((event) => event.actor === actor)).toBe(true);
    expect((await events('?actor=-')).every((event) => event.actor === null)).toBe(true);
    expect((await events(`?actor=${actor}&action=key.revoke&outcome=done`)).map(({ target }) => target)).toEqual([
      made[0],
    ]);
    expect(await events('?outcome=not-done')).toEqual([]);
    expect(await events('?action=key.create&actor=nobody')).toEqual([]);
  });

  it('the audit is filtered by time, to the second and inclusive', async () => {
    const seconds = Math.floor(at / 1000);
    expect((await events(`?from=${seconds}`)).map(({ action }) => action)).toEqual(['key.revoke']);
    expect((await events(`?from=${seconds - 60}&to=${seconds - 60}`)).map(({ target }) => target)).toEqual([made[2]]);
    expect(await events(`?from=${seconds + 1}`)).toEqual([]);
    expect((await events(`?to=${seconds - 180}&action=key.create&limit=1`)).map(({ target }) => target)).toEqual([
      made[0],
    ]);
  });

  it('the audit with a filter is returned in pages that hold every entry once', async () => {
    const whole = await events('?action=key.create');
    const paged: Event[] = [];
    let cursor = '';
    do {
      const { body } = await read(keys.auditor.text, `?action=key.create&limit=2${cursor}`).expect(200);
      expectShape(bench, 'GET', '/v1/orgs/:oid/audit', body);
      paged.push(...body.events);
      cursor = body.next_cursor === undefined ? '' : `&cursor=${encodeURIComponent(body.next_cursor)}`;
    } while (cursor !== '');
    expect(paged).toEqual(whole);
    const first = await read(keys.auditor.text, '?action=key.create&limit=2').expect(200);
    const other = `?action=key.revoke&limit=2&cursor=${encodeURIComponent(first.body.next_cursor)}`;
    expectDenied(await read(keys.auditor.text, other), 400, 'ERR_VALIDATION');
  });

  it('the audit shows a segmented caller its own commands with every filter', async () => {
    const own = await events('', keys.part.text);
    expect(own.map(({ target }) => target)).toEqual([made[2]]);
    for (const query of [`?key_hash=${keys.maker.keyId}`, '?actor=-', '?action=key.revoke', '?outcome=refused']) {
      expect(await events(query, keys.part.text)).toEqual([]);
    }
    expect(await events(`?key_hash=${made[2]}`, keys.part.text)).toEqual(own);
  });

  it('the audit refuses times that are no integers', async () => {
    for (const query of ['?from=yesterday', '?to=1.5']) {
      expectDenied(await read(keys.auditor.text, query), 400, 'ERR_VALIDATION');
    }
  });
});
