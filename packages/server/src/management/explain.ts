import { allow, type Outcome } from '@flairgate/core';
import {
  type AccessExplanation,
  type ExplainAccessInput,
  type ExplainedCaller,
  type ExplainedReference,
  explainAccess,
  explainResources,
  type FindOwnership,
} from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { denyFields, explainIssues } from '../route/fields.js';
import { nextCursor, nextCursorField, pageFields } from '../route/page.js';
import { text, uuid } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';

const identity = text('must be an identity as text, or null').nullable().default(null);
/** Id of a secret, as the column for it contains it. It differs from the identity if a key did not take secrets over. */
const secretId = text('must be the stored value as text, or null').nullable().default(null);

const explainFields = z.object({
  key_hash: text().optional().describe('Public id of the key to explain; or uid'),
  uid: uuid().optional().describe('User to explain, with their API-user key; or key_hash'),
  type: text().optional().describe('Type of the resource: that of a guard, or a hive of the demo; with id'),
  id: text().optional().describe('Id of the resource; with type'),
  ownership: z
    .strictObject(
      { createdBy: identity, lockedBy: identity, secretTo: secretId },
      { error: 'must be an object of createdBy, lockedBy and secretTo, each as stored or null' },
    )
    .optional()
    .describe('Ownership to explain, in place of type and id'),
});

const named = z.object({ identity: z.string(), name: z.string().nullable() });

const explainedKey = z.object({
  key_hash: z.string().nullable(),
  uid: z.string().nullable(),
  identity: z.string(),
  ident: z.string().describe('Display name; the uid of a member, without user.ctrl'),
  state: z
    .enum(['active', 'revoked', 'disabled', 'expired', 'orphaned', 'deactivated', 'suspended', 'without-key'])
    .describe('Every request of a key that is not active is refused'),
  flairs: z.array(z.string()).readonly(),
  owner: z.boolean(),
  permissions: z.array(z.string()).readonly().describe('Permissions, with families expanded'),
});

const explainedResource = z.object({
  type: z.string(),
  id: z.string(),
  createdBy: named.nullable(),
  lockedBy: named.nullable(),
  secret: z.boolean().describe('True if the content is secret to one key'),
});

const decisions = z
  .array(
    z.object({
      action: z.enum(['know', 'read', 'update', 'delete']),
      allowed: z.boolean(),
      rule: z.enum(['open', 'creator', 'holder', 'root', 'hidden', 'withheld', 'locked', 'ended']),
      because: z.string().describe('The rule as a sentence'),
      changes: z.array(z.string()).readonly().describe('Changes that would each reverse the decision'),
      holder: z.string().optional().describe('Identity that holds the lock'),
    }),
  )
  .readonly();

/** Schema of an explanation: what a key may do with one resource, and why. */
const explanation = z.object({ key: explainedKey, resource: explainedResource, decisions });

/** Schema of one page of explanations: what a key may do with each resource of one type, and why. */
const explanations = z.object({
  key: explainedKey,
  resources: z.array(explainedResource.extend({ decisions })),
  ...nextCursorField,
});

/**
 * Creates the route that explains what a key may do with one resource (know of it, read, update or delete it), and why.
 */
export function explainRoute({ administration, catalogue, findOwnership }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/orgs/:oid/explain',
    summary: 'Explain what a key may do with a resource, and why; never from a cache, and audited',
    needs: { kind: 'permissions', names: ['audit.get'] },
    params: z.object({ oid: uuid() }),
    fields: explainFields,
    answer: explanation,
    async handle({ params: { oid }, fields: given, ...call }) {
      const input = toInput(given, findOwnership);
      if (!input.allowed) return input;
      const explained = await explainAccess(administration, actorOf(call), { oid, ...input.value });
      if (!explained.allowed) return explainIssues(explained);
      return allow(explanationToWire(explained.value, (grants) => catalogue.expand(grants)));
    },
  });
}

/** Creates the route that explains what a key may do with each resource of one type, and why. */
export function explainAllRoute({ administration, catalogue, listOwnership }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/orgs/:oid/explain/resources',
    summary: 'Explain what a key may do with each resource of a type, and why; never from a cache, and audited',
    needs: { kind: 'permissions', names: ['audit.get'] },
    params: z.object({ oid: uuid() }),
    fields: z.object({
      key_hash: explainFields.shape.key_hash,
      uid: explainFields.shape.uid,
      type: text().describe('Type of the resources: that of a guard, or a hive of the demo'),
      ...pageFields,
    }),
    answer: explanations,
    async handle({ params: { oid }, fields: { key_hash: keyId, uid, type, ...page }, ...call }) {
      const subject = toSubject(keyId, uid);
      if (!subject.allowed) return subject;
      const input = { oid, subject: subject.value, type, list: listOwnership, ...page };
      const explained = await explainResources(administration, actorOf(call), input);
      if (!explained.allowed) return explainIssues(explained);
      const { caller, entries, names } = explained.value;
      return allow({
        key: keyToWire(caller, (grants) => catalogue.expand(grants)),
        resources: entries.map(({ id, ownership, decisions: decided }) => ({
          ...resourceToWire({ type, id, ownership }, names),
          decisions: decided,
        })),
        ...nextCursor(explained.value),
      });
    },
  });
}

type Explained = Pick<ExplainAccessInput, 'subject' | 'resource'>;

function toInput(
  { key_hash: keyId, uid, type, id, ownership }: z.output<typeof explainFields>,
  find: FindOwnership,
): Outcome<Explained> {
  const subject = toSubject(keyId, uid);
  if (!subject.allowed) return subject;
  const isGiven = ownership !== undefined && type === undefined && id === undefined;
  if (!isGiven && (ownership !== undefined || type === undefined || id === undefined)) {
    return denyFields([{ field: 'type', message: 'must be given with id, or ownership in place of both' }]);
  }
  const resource = isGiven ? { ownership } : { type: type ?? '', id: id ?? '', find };
  return allow({ subject: subject.value, resource });
}

function toSubject(keyId: string | undefined, uid: string | undefined): Outcome<ExplainedReference> {
  if ((keyId === undefined) === (uid === undefined)) {
    return denyFields([{ field: 'key_hash', message: 'must be given, or uid, and not both' }]);
  }
  return allow(keyId === undefined ? { uid: uid ?? '' } : { keyId });
}

type Expand = (grants: readonly string[]) => readonly string[];

function explanationToWire(
  { caller, resource, decisions: decided, names }: AccessExplanation,
  expand: Expand,
): z.input<typeof explanation> {
  return { key: keyToWire(caller, expand), resource: resourceToWire(resource, names), decisions: decided };
}

function keyToWire(
  { keyId, uid, ident, state, flairs, owner, grants, organizationCaller }: ExplainedCaller,
  expand: Expand,
): z.input<typeof explainedKey> {
  const { identity: id } = organizationCaller;
  return { key_hash: keyId, uid, identity: id, ident, state, flairs, owner, permissions: expand(grants) };
}

function resourceToWire(
  { type, id, ownership: { createdBy, lockedBy, secretTo } }: AccessExplanation['resource'],
  names: AccessExplanation['names'],
): z.input<typeof explainedResource> {
  const toNamed = (of: string | null) => (of === null ? null : { identity: of, name: names.get(of) ?? null });
  return { type, id, createdBy: toNamed(createdBy), lockedBy: toNamed(lockedBy), secret: secretTo !== null };
}
