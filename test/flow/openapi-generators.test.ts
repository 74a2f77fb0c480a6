import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import openapiTypeScript, { astToString } from 'openapi-typescript';
import { generateApi } from 'swagger-typescript-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ServerFixture, startServerFixture } from './caller.ts';

let place: ServerFixture;
let text: string;

beforeAll(async () => {
  place = await startServerFixture();
  text = (await place.running.send({ method: 'GET', path: '/openapi.json' })).text;
});

afterAll(() => place.close());

const operationIds = () =>
  Object.values(
    z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))) })
      .parse(JSON.parse(text)).paths,
  ).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));

describe('what generators make of the document of a live service', () => {
  it('openapi-typescript makes types of the document that compile, with every operation', async () => {
    const types = astToString(await openapiTypeScript(text));
    for (const id of operationIds()) expect(types).toContain(`operations["${id}"]`);
    const use = `
      import type { operations } from './types';
      const listed: operations['getOrgsOidKeys']['responses'][200]['content']['application/json'] = { api_keys: {} };
      export const names: readonly string[] = Object.values(listed.api_keys).map(({ name }) => name);
      // @ts-expect-error: a key has no member of this name
      export const none = Object.values(listed.api_keys).map(({ nmae }) => nmae);
    `;
    expect(await compile({ 'types.ts': types, 'use.ts': use })).toBe('');
  });

  it('swagger-typescript-api makes a client of the document that compiles, with every operation', async () => {
    const { files } = await generateApi({ spec: JSON.parse(text), fileName: 'client.ts', output: false, silent: true });
    const client = files.map(({ fileContent }) => fileContent).join('\n');
    for (const id of operationIds()) expect(client).toContain(`@name ${id.charAt(0).toUpperCase()}${id.slice(1)}`);
    expect(await compile({ 'client.ts': client })).toBe('');
  });
});

const SETTINGS = {
  strict: true,
  noEmit: true,
  target: 'es2023',
  lib: ['es2023', 'dom'],
  module: 'preserve',
  types: [],
};

/** Compiles files by strict settings, and returns what the compiler says. */
async function compile(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-generated-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: SETTINGS }));
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
    const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    return stdout + stderr;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
