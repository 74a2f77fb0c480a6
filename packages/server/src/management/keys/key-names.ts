import { allow } from '@flairgate/core';
import { readKeyName } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { text, uuid } from '../../route/schema.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';

/**
 * Creates the route that checks a name for a new key. The response shows if the name is taken, and if a key with this
 * name would take over the resources and locks of a revoked or expired key.
 */
export function keyNameRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/orgs/:oid/key_names',
    summary: 'Read whether a name is taken, and whether a new key of the name continues a dead one',
    needs: { kind: 'permissions', names: ['apikey.ctrl'] },
    params: z.object({ oid: uuid() }),
    fields: z.object({ key_name: text().describe('Name with its flairs, for example vendor[segment]') }),
    answer: z.object({
      taken: z.boolean().describe('True if a valid or disabled key has the name'),
      continues: z
        .boolean()
        .describe('True if a new key of this name owns the resources of the old key and holds its locks'),
      secret_continues: z.boolean().describe('True if it can also read content that is secret to that key'),
    }),
    async handle({ params: { oid }, fields: { key_name: name }, ...call }) {
      const read = await readKeyName(administration, actorOf(call), { oid, name });
      if (!read.allowed) return explainIssues(read, { name: 'key_name' });
      const { taken, continues, secretContinues } = read.value;
      return allow({ taken, continues, secret_continues: secretContinues });
    },
  });
}
