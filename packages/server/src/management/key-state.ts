import { setKeyState } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { text, uuid } from '../route/schema.js';
import { succeeded, success } from '../route/success.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';

/** Routes that stop an organization key for a while, and take it again. */
export function keyStateRoutes(context: ServiceContext): readonly Route[] {
  return [
    stateRoute(context, 'disable', 'Refuse a key, and every token exchanged for it, until it is enabled again'),
    stateRoute(context, 'enable', 'Take a disabled key again; judged like making it'),
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
