import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consoleFolder, docsFolder } from '@flairgate/console';
import { memoryStore, OptionError } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { createService } from '@flairgate/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, runService } from './running-service.ts';

const PAGES = [
  { page: 'the console', option: 'consoleFolder', at: '/console', folder: consoleFolder },
  { page: 'the page of the API', option: 'docsFolder', at: '/docs', folder: docsFolder },
] as const;

describe.each(PAGES)('the files of $page', ({ page, option, at, folder }) => {
  let store: Store;
  let running: RunningService;

  beforeAll(async () => {
    store = await memoryStore();
    running = await runService(store, { [option]: folder });
  });

  afterAll(async () => {
    await running.close();
    await store.close();
  });

  const get = (path: string, method = 'GET') => fetch(`${running.url}${path}`, { method, redirect: 'manual' });

  it(`the files of ${page} are served under a policy that lets nothing else run, draw or frame`, async () => {
    const answer = await get(`${at}/`);
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

  it(`the files of ${page} have names that change with their content, so they may be kept for good`, async () => {
    const assets = readdirSync(join(folder, 'assets'));
    expect(assets.length).toBeGreaterThan(2);
    for (const name of assets) {
      expect(name).toMatch(/-[\w-]{8}\.\w+(?:\.br|\.gz)?$/);
      if (/\.(?:br|gz)$/.test(name)) continue;
      const answer = await get(`${at}/assets/${name}`);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  it(`the files of ${page} are sent compressed to clients that accept it, and whole to others`, async () => {
    const scripts = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    const sizes = { br: 0, gzip: 0, identity: 0 };
    for (const name of scripts) {
      const whole = await get(`${at}/assets/${name}`);
      const text = await whole.text();
      for (const encoding of ['br', 'gzip', 'identity'] as const) {
        const answer = await fetch(`${running.url}${at}/assets/${name}`, {
          headers: { 'accept-encoding': encoding },
        });
        expect(answer.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding);
        expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
        expect(answer.headers.get('vary')).toContain('Accept-Encoding');
        sizes[encoding] += Number(answer.headers.get('content-length'));
        expect(await answer.text()).toBe(text);
      }
      for (const ending of ['br', 'gz']) expect((await get(`${at}/assets/${name}.${ending}`)).status).toBe(404);
    }
    expect(sizes.gzip / sizes.identity).toBeLessThan(0.4);
    expect(sizes.br).toBeLessThan(sizes.gzip);
  });

  it(`the files of ${page} are found without the last slash, and answer for nothing else`, async () => {
    const bare = await get(at);
    expect([bare.status, bare.headers.get('location')]).toEqual([302, `${at.slice(1)}/`]);
    for (const path of ['/nothing', '/..%2findex.js', '/assets', '/.page-stamp']) {
      const answer = await get(`${at}${path}`);
      expect(answer.status, path).toBe(404);
      expect(await answer.json()).toMatchObject({ code: 'ERR_NOT_FOUND' });
    }
    expect((await get(`${at}/`, 'POST')).status).toBe(404);
  });

  it(`the files of ${page} are not served by a service that was given none`, async () => {
    const bare = await runService(store);
    expect((await fetch(`${bare.url}${at}/`)).status).toBe(404);
    await bare.close();
  });

  it(`the files of ${page} must be there when the service starts`, async () => {
    const options = { store, issuer: 'https://auth.example', audience: 'flairgate', [option]: tmpdir() };
    await expect(createService(options)).rejects.toThrow(OptionError);
    await expect(createService(options)).rejects.toThrow(`${option}: must contain index.html`);
  });
});
