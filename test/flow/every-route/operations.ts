import { z } from 'zod';
import type { RunningService } from '../running-service.ts';

const operation = z.looseObject({
  operationId: z.string(),
  'x-needs': z.object({
    kind: z.enum(['nothing', 'secret', 'credential', 'service', 'user', 'permissions']),
    names: z.array(z.string()).default([]),
    accept: z.array(z.string()).optional(),
  }),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
});

const description = z.looseObject({
  openapi: z.string().startsWith('3.1'),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

export type Description = z.infer<typeof description>;

/** One operation of the document. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly needs: z.infer<typeof operation>['x-needs'];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
}

export async function readDescription(running: RunningService): Promise<Description> {
  const sent = await running.send({ method: 'GET', path: '/openapi.json' });
  return description.parse(JSON.parse(sent.text));
}

export function operationsOf({ paths }: Description): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId: id, 'x-needs': needs, parameters }]) => ({
      id,
      method: method.toUpperCase(),
      path,
      needs,
      parameters,
    })),
  );
}

/** The path of an operation in an organization, with ids of nothing for everything else: invitations are a user's. */
export function pathIn({ path }: Operation, oid: string): string {
  const within = path.startsWith('/v1/user/') ? path : path.replace('{oid}', oid);
  return within.replace(/\{[a-z_]+\}/g, '00000000-0000-4000-8000-000000000000');
}
