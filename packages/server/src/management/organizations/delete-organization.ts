import { allow, deny, type Outcome } from '@flairgate/core';
import { deleteOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { denyFields } from '../../route/fields.js';
import { text } from '../../route/schema.js';
import { succeeded, success } from '../../route/success.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';
import { organizationParams } from '../route-parts.js';

const deletionPath = '/v1/orgs/:oid/delete';
const needsDeletion = { kind: 'permissions', names: ['org.del'] } as const;

/** Milliseconds for which a deletion confirmation is valid. */
const VALID_MS = 60_000;

/**
 * Creates the routes that delete an organization in two steps, as LimaCharlie's clients do. The first step returns a
 * confirmation. The second step must send this confirmation back.
 *
 * A confirmation is valid for one organization and one caller. It is encrypted and contains its own time, so the
 * service does not store it.
 */
export function deleteOrganizationRoutes(context: ServiceContext): readonly Route[] {
  return [confirmationRoute(context), deleteOrganizationRoute(context)];
}

function confirmationContext(oid: string, identity: string): string {
  return `organization-delete:${oid}:${identity}`;
}

function confirmationRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: deletionPath,
    summary: 'Get the confirmation with which an organization can be deleted within a minute',
    needs: needsDeletion,
    params: organizationParams,
    answer: z.object({ confirmation: z.string() }),
    async handle({ params: { oid }, caller }) {
      if (caller === undefined) return deny('ERR_CREDENTIAL_MISSING');
      const { store, now } = administration;
      const sealed = store.material.seal(String(now()), confirmationContext(oid, caller.identity));
      return allow({ confirmation: sealed });
    },
  });
}

function deleteOrganizationRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'DELETE',
    path: deletionPath,
    summary: 'Delete an organization, and everything that hangs on it, with its confirmation; for owners',
    needs: needsDeletion,
    params: organizationParams,
    fields: z.object({ confirmation: text().describe('Value from a GET of the same path, valid for one minute') }),
    answer: success,
    async handle({ params: { oid }, fields: { confirmation }, ...call }) {
      const confirmed = checkConfirmation(administration, { oid, confirmation, identity: call.caller?.identity ?? '' });
      if (!confirmed.allowed) return confirmed;
      return succeeded(await deleteOrganization(administration, actorOf(call), { oid }));
    },
  });
}

function checkConfirmation(
  { store, now }: ServiceContext['administration'],
  { oid, confirmation, identity }: { readonly oid: string; readonly confirmation: string; readonly identity: string },
): Outcome<undefined> {
  try {
    const madeAt = Number(store.material.open(confirmation, confirmationContext(oid, identity)).toString('utf8'));
    if (now() - madeAt <= VALID_MS) return allow(undefined);
  } catch {
    // The confirmation was not issued by this service, or was issued for a different organization or caller.
  }
  const message = 'must be the confirmation from GET of this address, at most a minute old';
  return denyFields([{ field: 'confirmation', message }]);
}
