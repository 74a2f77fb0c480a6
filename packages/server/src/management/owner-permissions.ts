import { allow, permissionPresets } from '@flairgate/core';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import type { ServiceContext } from '../service-context.js';

/** Every permission there is: what an owner holds. */
export function ownerPermissionsRoute({ catalogue }: ServiceContext): Route {
  const permissions = catalogue.entries.map(({ name, description, privileged }) => ({ name, description, privileged }));
  const presets = Object.entries(permissionPresets)
    .map(([name, grants]) => ({ name, perms: [...catalogue.expand(grants)] }))
    .filter((preset) => preset.perms.length > 0);
  const perms = permissions.map(({ name }) => name);
  return defineRoute({
    method: 'GET',
    path: '/owner_permissions',
    summary: 'Every permission, with what it means',
    needs: { kind: 'nothing' },
    answer: z.object({
      perms: z.array(z.string()),
      permissions: z.array(z.object({ name: z.string(), description: z.string(), privileged: z.boolean() })),
      presets: z.array(z.object({ name: z.string(), perms: z.array(z.string()) })).describe('What a task needs'),
    }),
    handle: async () => allow({ perms, permissions, presets }),
  });
}
