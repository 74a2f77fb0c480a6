import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as core from '@flairgate/core';
import { testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Core = typeof core;

const source = fileURLToPath(new URL('../../../core/', import.meta.url));
let folder: string;
let other: Core;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flairgate-copy-'));
  cpSync(join(source, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(source, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(source, 'node_modules'), join(folder, 'node_modules'));
  other = (await import(pathToFileURL(join(folder, 'dist/index.js')).href)) as Core;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function statusOf(error: unknown): Promise<readonly unknown[]> {
  const kit = await testGate();
  const app = express();
  app.get('/', () => {
    throw error;
  });
  app.use(kit.gate.errorHandler({ onFault: () => undefined }));
  const { status, body, headers } = await request(app).get('/');
  await kit.close();
  return [status, body.code, headers['retry-after']];
}

describe('errors of another copy of core', () => {
  it('errors of another copy of core are of other classes', () => {
    expect(other.UnavailableError).not.toBe(core.UnavailableError);
  });

  it('errors of another copy of core are found by instanceof, in either direction', () => {
    const cause = new Error('gone');
    expect(new other.UnavailableError('store', cause)).toBeInstanceOf(core.UnavailableError);
    expect(new core.UnavailableError('store', cause)).toBeInstanceOf(other.UnavailableError);
    expect(new other.OptionError('x: must be y')).toBeInstanceOf(core.OptionError);
    expect(new other.DeniedError(other.deny('ERR_NOT_FOUND'))).toBeInstanceOf(core.DeniedError);
    expect(new other.OptionError('x: must be y')).not.toBeInstanceOf(core.UnavailableError);
    expect(cause).not.toBeInstanceOf(core.UnavailableError);
    expect({ name: 'UnavailableError' }).not.toBeInstanceOf(core.UnavailableError);
  });

  it('errors of another copy of core are not taken for those of a class that extends ours', () => {
    class Late extends core.UnavailableError {}
    expect(new Late('store', undefined)).toBeInstanceOf(Late);
    expect(new Late('store', undefined)).toBeInstanceOf(other.UnavailableError);
    expect(new other.UnavailableError('store', undefined)).not.toBeInstanceOf(Late);
  });

  it('errors of another copy of core are answered alike: a failed store is 503, a refusal has its own status', async () => {
    const failed = new other.UnavailableError('store', new Error('gone'));
    expect(await statusOf(failed)).toEqual([503, 'ERR_STORE_UNAVAILABLE', '1']);
    expect(await statusOf(new other.DeniedError(other.deny('ERR_NOT_FOUND')))).toEqual([
      404,
      'ERR_NOT_FOUND',
      undefined,
    ]);
  });

  it('errors of another copy of core are 500 for a refusal of a code that this copy does not know', async () => {
    const newer = new other.DeniedError(other.deny('ERR_NOT_FOUND'));
    Reflect.set(newer, 'denial', { ...newer.denial, code: 'ERR_OF_TOMORROW' });
    Reflect.set(newer, 'status', 500);
    expect(await statusOf(newer)).toEqual([500, 'ERR_INTERNAL', undefined]);
  });
});
