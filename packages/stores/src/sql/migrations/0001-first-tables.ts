import type { Kysely } from 'kysely';
import { createTables, type NewTable } from './create-table.js';
import type { Engine } from './engine.js';

/**
 * The tables that this migration creates. The columns are written out here, not derived from the current row types,
 * because a migration that has run must never change.
 */
const FIRST_TABLES: Readonly<Record<string, NewTable>> = {
  flairgate_revision: {
    columns: { id: 'integer', incarnation: 'text', n: 'integer', pruned_to: 'integer' },
    primary: ['id'],
  },
  flairgate_change: {
    columns: { n: 'integer', at: 'integer', scope: 'text', id: 'text' },
    primary: ['n', 'scope', 'id'],
  },
  flairgate_setting: { columns: { name: 'text', value: 'text' }, primary: ['name'] },
  flairgate_material: { columns: { name: 'text', wrapping: 'text', sealed: 'text' }, primary: ['name', 'wrapping'] },
  flairgate_catalogue: { columns: { digest: 'text', entries: 'text' }, primary: ['digest'] },
  flairgate_organization: {
    columns: { oid: 'text', name: 'text', location: 'text', created_by: 'text?', created_at: 'integer' },
    primary: ['oid'],
  },
  flairgate_user: {
    columns: { uid: 'text', email: 'text', type: 'text', oid: 'text?', active: 'integer', created_at: 'integer' },
    primary: ['uid'],
    unique: [['email']],
    indexes: [['oid']],
  },
  flairgate_membership: {
    columns: { uid: 'text', oid: 'text', role: 'text', permissions: 'text' },
    primary: ['uid', 'oid'],
    indexes: [['oid']],
  },
  flairgate_identity: {
    columns: {
      id: 'text',
      kind: 'text',
      scope: 'text',
      name: 'text',
      secret_id: 'text',
      created_by: 'text?',
      created_at: 'integer',
    },
    primary: ['id'],
    unique: [['kind', 'scope', 'name']],
  },
  flairgate_key: {
    columns: {
      key_id: 'text',
      identity: 'text',
      kind: 'text',
      oid: 'text?',
      uid: 'text?',
      name: 'text',
      flairs: 'text',
      permissions: 'text',
      ranges: 'text',
      description: 'text?',
      created_by: 'text?',
      created_by_name: 'text',
      created_at: 'integer',
      expires_at: 'integer?',
      disabled_at: 'integer?',
      revoked_at: 'integer?',
      masked: 'text?',
      sealed: 'text?',
      policy: 'text?',
      honeytoken: 'integer',
    },
    primary: ['key_id'],
    indexes: [['oid', 'kind'], ['uid'], ['identity']],
  },
  flairgate_secret: {
    columns: {
      tag: 'text',
      key_id: 'text',
      hash: 'text',
      created_at: 'integer',
      ends_at: 'integer?',
      last_used_at: 'integer?',
    },
    primary: ['tag'],
    indexes: [['key_id']],
  },
  flairgate_group: {
    columns: {
      gid: 'text',
      name: 'text',
      permissions: 'text',
      created_by: 'text?',
      created_at: 'integer',
      version: 'integer',
    },
    primary: ['gid'],
  },
  flairgate_group_member: { columns: { gid: 'text', uid: 'text' }, primary: ['gid', 'uid'], indexes: [['uid']] },
  flairgate_group_owner: { columns: { gid: 'text', uid: 'text' }, primary: ['gid', 'uid'], indexes: [['uid']] },
  flairgate_group_organization: { columns: { gid: 'text', oid: 'text' }, primary: ['gid', 'oid'], indexes: [['oid']] },
  flairgate_group_child: { columns: { gid: 'text', child: 'text' }, primary: ['gid', 'child'], indexes: [['child']] },
  flairgate_policy: {
    columns: { oid: 'text', name: 'text', grants: 'text', version: 'integer' },
    primary: ['oid', 'name'],
  },
  flairgate_signing_key: {
    columns: {
      kid: 'text',
      algorithm: 'text',
      public_jwk: 'text',
      sealed: 'text',
      created_at: 'integer',
      active_from: 'integer',
      retired_at: 'integer?',
    },
    primary: ['kid'],
  },
  flairgate_ownership: {
    columns: {
      oid: 'text',
      type: 'text',
      id: 'text',
      organization: 'text',
      created_by: 'text?',
      locked_by: 'text?',
      secret_to: 'text?',
      generation: 'integer',
    },
    primary: ['oid', 'type', 'id'],
    indexes: [
      ['oid', 'type', 'organization', 'created_by', 'id'],
      ['oid', 'type', 'organization', 'id'],
    ],
  },
  flairgate_ownership_type: {
    columns: {
      oid: 'text',
      type: 'text',
      revision: 'integer',
      secrets: 'integer',
      intents: 'integer',
      secret_ended: 'integer',
      adopted_by: 'text?',
    },
    primary: ['oid', 'type'],
  },
  flairgate_intent: {
    columns: {
      oid: 'text',
      type: 'text',
      id: 'text',
      token: 'text',
      organization: 'text',
      identity: 'text',
      operation: 'text',
      strict: 'integer',
      created_by: 'text?',
      locked_by: 'text?',
      secret_to: 'text?',
      started_at: 'integer',
      ends_at: 'integer',
    },
    primary: ['oid', 'type', 'id'],
  },
  flairgate_audit: {
    columns: {
      id: 'text',
      at: 'integer',
      oid: 'text?',
      actor: 'text?',
      actor_name: 'text',
      action: 'text',
      target: 'text',
      address: 'text?',
      outcome: 'text',
      details: 'text',
    },
    primary: ['id'],
    indexes: [['oid', 'id']],
  },
  flairgate_replay: {
    columns: { identity: 'text', key: 'text', at: 'integer', answer: 'text' },
    primary: ['identity', 'key'],
    indexes: [['at']],
  },
};

/** Creates the tables of the first version. */
export async function firstTables(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await createTables(db, engine, FIRST_TABLES);
}
