import { allow } from '@flairgate/core';
import { rotateKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { withIdempotencyKey } from '../../route/idempotency-key.js';
import { text, uuid, whole } from '../../route/schema.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';

/**
 * Creates the route that rotates a key of an organization: the key gets a new secret. The route itself requires no
 * permission, because a key may rotate itself without one. For any other caller, the command checks the permission.
 */
export function rotateKeyRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/orgs/:oid/keys/:key_hash/rotate',
    summary: 'Rotate the secret of a key; the old one expires after the overlap',
    needs: { kind: 'credential' },
    params: z.object({ oid: uuid(), key_hash: text() }),
    fields: z.object({ overlap: whole().optional().describe('Seconds that the old secret stays valid; default 3600') }),
    creates: true,
    replaces: true,
    answer: z.object({ api_key: z.string(), key_hash: z.string(), old_ends: z.int() }),
    async handle({ params: { oid, key_hash: keyId }, fields: { overlap }, ...call }) {
      const input = { oid, keyId, ...(overlap === undefined ? {} : { overlapSeconds: overlap }) };
      const replay = { ...call, create: 'rotation', params: { oid, keyId }, fields: { overlap } };
      const rotated = await rotateKey(withIdempotencyKey(administration, replay), actorOf(call), input);
      if (!rotated.allowed) return explainIssues(rotated);
      const { text: key, oldEndsAt } = rotated.value;
      return allow({ api_key: key, key_hash: keyId, old_ends: Math.ceil(oldEndsAt / 1000) });
    },
  });
}
