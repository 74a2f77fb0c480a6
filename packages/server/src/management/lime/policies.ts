import { allow } from '@flairgate/core';
import { deletePolicy, listPolicies, putPolicy, readPolicy } from '@flairgate/core/administration';
import type { PolicyRow } from '@flairgate/core/store';
import { z } from 'zod';
import { expectedVersion } from '../../route/call-headers.js';
import { defineRoute, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { nextCursor, nextCursorField, pageFields } from '../../route/page.js';
import { text, uuid } from '../../route/schema.js';
import { succeeded, success } from '../../route/success.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';
import { needsUserControl } from '../route-parts.js';

const policiesPath = '/v1/orgs/:oid/policies';
const policyParams = z.object({ oid: uuid(), name: text() });

const said = { error: 'must map group ids to object types, and each type to a list of read, write, add and delete' };
const actions = z.array(z.enum(['read', 'write', 'add', 'delete'], said), said).readonly();
const grants = z.record(z.string(), z.record(z.string(), actions, said), said);
const policy = z.object({ name: z.string(), grants, etag: z.string() });

/**
 * Creates the routes for policies. A policy grants groups actions, such as `read`, on types of objects. A changed
 * policy applies to the next request.
 */
export function policyRoutes(context: ServiceContext): readonly Route[] {
  return [listPoliciesRoute(context), getPolicyRoute(context), putRoute(context), deletePolicyRoute(context)];
}

function listPoliciesRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: policiesPath,
    summary: 'List the policies of an organization',
    needs: needsUserControl,
    params: z.object({ oid: uuid() }),
    fields: z.object(pageFields),
    answer: z.object({ policies: z.array(policy), ...nextCursorField }),
    async handle({ params: { oid }, fields, ...call }) {
      const policies = await listPolicies(administration, actorOf(call), { oid, ...fields });
      if (!policies.allowed) return explainIssues(policies);
      return allow({ policies: policies.value.entries.map(policyToWire), ...nextCursor(policies.value) });
    },
  });
}

function getPolicyRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: `${policiesPath}/:name`,
    summary: 'Read a policy',
    needs: needsUserControl,
    params: policyParams,
    versioned: true,
    answer: policy,
    async handle({ params: reference, ...call }) {
      const found = await readPolicy(administration, actorOf(call), reference);
      return found.allowed ? allow(policyToWire(found.value)) : found;
    },
  });
}

function putRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'PUT',
    path: `${policiesPath}/:name`,
    summary: 'Create or replace a policy; with If-Match, only in that version; with If-None-Match: *, only create',
    needs: needsUserControl,
    params: policyParams,
    fields: z.object({ grants }),
    versioned: true,
    answer: policy,
    async handle({ params: reference, fields, ...call }) {
      const version = expectedVersion(call.headers);
      const put = await putPolicy(administration, actorOf(call), { ...reference, grants: fields.grants, version });
      return put.allowed ? allow(policyToWire(put.value)) : explainIssues(put);
    },
  });
}

function deletePolicyRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'DELETE',
    path: `${policiesPath}/:name`,
    summary: 'Delete a policy; with If-Match, only in that version',
    needs: needsUserControl,
    params: policyParams,
    versioned: true,
    answer: success,
    async handle({ params: reference, ...call }) {
      const version = expectedVersion(call.headers);
      return succeeded(await deletePolicy(administration, actorOf(call), { ...reference, version }));
    },
  });
}

function policyToWire({ name, grants: granted, version }: PolicyRow): z.input<typeof policy> {
  return { name, grants: { ...granted }, etag: String(version) };
}
