import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ServerFixture, startServerFixture } from '../caller.ts';
import { type Description, type Operation, operationsOf, readDescription } from './operations.ts';

let place: ServerFixture;
let document: Description;
let operations: readonly Operation[];

beforeAll(async () => {
  place = await startServerFixture();
  document = await readDescription(place.running);
  operations = operationsOf(document);
});

afterAll(() => place.close());

describe('the description of the service', () => {
  it('the description of the service holds every route of the table, and no other', () => {
    const { routes } = place.running.service;
    const mounted = routes.map(({ method, path }) => `${method} ${path.replace(/:([a-z_]+)/g, '{$1}')}`);
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(mounted.toSorted());
    expect(mounted.length).toBeGreaterThan(50);
  });

  it('the description of the service leaves out nothing that is mounted', () => {
    const { router, routes } = place.running.service;
    const layers = z.array(z.looseObject({ route: z.looseObject({ path: z.string() }).optional() }));
    const paths = layers.parse(router.stack.map(({ route }) => ({ route }))).flatMap(({ route }) => route?.path ?? []);
    expect(new Set(paths)).toEqual(new Set(routes.map(({ path }) => path)));
  });

  it('the description of the service names each operation once, and every parameter of its path', () => {
    const ids = operations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, parameters } of operations) {
      const inPath = [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => name);
      expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(inPath);
    }
  });

  it('the description of the service refers to nothing that is not in it', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(0);
    for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name);
  });
});
