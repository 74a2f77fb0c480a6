import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consoleFolder } from '@flairgate/console';
import { memoryStore, OptionError } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { createService } from '@flairgate/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, runService } from './running-service.ts';

describe('the files of the console', () => {
  let store: Store;
  let running: RunningService;

  beforeAll(async () => {
    store = await memoryStore();
    running = await runService(store, { consoleFolder });
  });

  afterAll(async () => {
    await running.close();
    await store.close();
  });

  const get = (path: string, method = 'GET') => fetch(`${running.url}${path}`, { method, redirect: 'manual' });

  it('the files of the console are served under a policy that lets nothing else run, draw or frame', async () => {
    const answer = await get('/console/');
    expect(answer.status).toBe(200);
    const html = await answer.text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).not.toContain('unsafe');
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"]) {
      expect(policy.split('; ')).toContain(part);
    }
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(answer.headers.get('permissions-policy')).toContain('camera=()');
  });

  it('the files of the console have names that change with their content, so they may be kept for good', async () => {
    const assets = readdirSync(join(consoleFolder, 'assets'));
    expect(assets.length).toBeGreaterThan(2);
    for (const name of assets) {
      expect(name).toMatch(/-[\w-]{8}\.\w+(?:\.br|\.gz)?$/);
      if (/\.(?:br|gz)$/.test(name)) continue;
      const answer = await get(`/console/assets/${name}`);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  it('the files of the console are sent compressed to clients that accept it, and whole to others', async () => {
    const scripts = readdirSync(join(consoleFolder, 'assets')).filter((name) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    const sizes = { br: 0, gzip: 0, identity: 0 };
    for (const name of scripts) {
      const whole = await get(`/console/assets/${name}`);
      const text = await whole.text();
      for (const encoding of ['br', 'gzip', 'identity'] as const) {
        const answer = await fetch(`${running.url}/console/assets/${name}`, {
          headers: { 'accept-encoding': encoding },
        });
        expect(answer.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding);
        expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
        expect(answer.headers.get('vary')).toContain('Accept-Encoding');
        sizes[encoding] += Number(answer.headers.get('content-length'));
        expect(await answer.text()).toBe(text);
      }
      for (const ending of ['br', 'gz']) expect((await get(`/console/assets/${name}.${ending}`)).status).toBe(404);
    }
    expect(sizes.gzip / sizes.identity).toBeLessThan(0.4);
    expect(sizes.br).toBeLessThan(sizes.gzip);
  });

  it('the files of the console are found without the last slash, and answer for nothing else', async () => {
    const bare = await get('/console');
    expect([bare.status, bare.headers.get('location')]).toEqual([302, 'console/']);
    for (const path of ['/console/nothing', '/console/..%2findex.js', '/console/assets', '/console/.page-stamp']) {
      const answer = await get(path);
      expect(answer.status, path).toBe(404);
      expect(await answer.json()).toMatchObject({ code: 'ERR_NOT_FOUND' });
    }
    expect((await get('/console/', 'POST')).status).toBe(404);
  });

  it('the files of the console are not served by a service that was given none', async () => {
    const bare = await runService(store);
    expect((await fetch(`${bare.url}/console/`)).status).toBe(404);
    await bare.close();
  });

  it('the files of the console must be there when the service starts', async () => {
    const options = { store, issuer: 'https://auth.example', audience: 'flairgate', consoleFolder: tmpdir() };
    await expect(createService(options)).rejects.toThrow(OptionError);
    await expect(createService(options)).rejects.toThrow('consoleFolder: must contain index.html');
  });
});
