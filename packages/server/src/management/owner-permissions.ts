import { allow, permissionPresets } from '@flairgate/core';
import { ROLE_NAMES } from '@flairgate/core/administration';
import { roleGrants } from '@flairgate/core/internal';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import type { ServiceContext } from '../service-context.js';

/**
 * Creates the route that lists all permissions, and the presets and roles. The path is named after owners, because an
 * owner has all permissions.
 */
export function ownerPermissionsRoute({ catalogue }: ServiceContext): Route {
  const permissions = catalogue.entries.map(({ name, description, privileged }) => ({ name, description, privileged }));
  const presets = Object.entries(permissionPresets)
    .map(([name, grants]) => ({ name, perms: [...catalogue.expand(grants)] }))
    .filter((preset) => preset.perms.length > 0);
  const roles = ROLE_NAMES.map((name) => ({ name, perms: [...roleGrants(name, catalogue)] }));
  const perms = permissions.map(({ name }) => name);
  return defineRoute({
    method: 'GET',
    path: '/owner_permissions',
    summary: 'List every permission with its description',
    needs: { kind: 'nothing' },
    answer: z.object({
      perms: z.array(z.string()),
      permissions: z.array(z.object({ name: z.string(), description: z.string(), privileged: z.boolean() })),
      presets: z
        .array(z.object({ name: z.string(), perms: z.array(z.string()) }))
        .describe('Permissions that the task needs'),
      roles: z.array(z.object({ name: z.string(), perms: z.array(z.string()) })).describe('Roles of members'),
    }),
    handle: async () => allow({ perms, permissions, presets, roles }),
  });
}
