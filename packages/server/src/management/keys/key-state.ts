import { setKeyState } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { text, uuid } from '../../route/schema.js';
import { succeeded, success } from '../../route/success.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';

/** Creates the routes that disable an organization's key and enable it again. */
export function keyStateRoutes(context: ServiceContext): readonly Route[] {
  return [
    stateRoute(context, 'disable', 'Disable a key and every token exchanged for it, until it is enabled again'),
    stateRoute(context, 'enable', 'Enable a disabled key again; needs what creating it needs'),
  ];
}

function stateRoute({ administration }: ServiceContext, verb: 'disable' | 'enable', summary: string): Route {
  return defineRoute({
    method: 'POST',
    path: `/v1/orgs/:oid/keys/:key_hash/${verb}`,
    summary,
    needs: { kind: 'permissions', names: ['apikey.ctrl'] },
    params: z.object({ oid: uuid(), key_hash: text() }),
    answer: success,
    handle: async ({ params: { oid, key_hash: keyId }, ...call }) =>
      succeeded(await setKeyState(administration, actorOf(call), { oid, keyId }, `${verb}d`)),
  });
}
