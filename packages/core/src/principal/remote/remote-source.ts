import { limits } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { UnavailableError } from '../../denial/errors.js';
import type { Catalogue } from '../../permission/catalogue.js';
import { serves } from '../../permission/serves.js';
import type { Revision } from '../../revision/revision.js';
import { buildPrincipal, buildView, mapViews, type PrincipalParts } from '../build.js';
import { createCachedCredential } from '../cached-credential.js';
import type { CredentialSource, Identified } from '../credential-source.js';
import type { FairQueue } from '../key/fair-queue.js';
import { denyKey } from '../key/key-lookup.js';
import { createRangeCheck } from '../key/ranges.js';
import type { RightsByOrganization } from '../token/text/rights.js';
import type { ActiveIntrospection } from './introspection.js';
import type { RemoteStore } from './remote-store.js';

/** Options of {@link createRemoteSource}. */
export interface RemoteSourceOptions {
  readonly store: RemoteStore;
  readonly catalogue: Catalogue;
  readonly turns: FairQueue;
}

/**
 * Creates a source that finds credentials by asking a remote Flairgate instance. That instance also records each use.
 */
export function createRemoteSource({ store, catalogue, turns }: RemoteSourceOptions): CredentialSource {
  return {
    changes: store.source,
    onPush: (wake) => store.onPush(wake),
    register: () => () => undefined,
    refuseKey: ({ text }) => (text.length > limits.secret ? denyKey('longer than any') : undefined),
    async findKey({ text, address }, revision) {
      const answer = await turns(address, () => store.introspect(text));
      if (!answer.active) return denyKey('not known to the issuer');
      // A response with `aud` describes a token. Either a token was sent as a key, or the response is about another
      // credential. Neither must result in a key's principal.
      if (answer.aud !== undefined) return denyKey('a token, not a key');
      if (answer.inc !== revision.incarnation) await awaitIncarnation(revision, answer.inc);
      return allow(answerToIdentified(answer, catalogue));
    },
    noteUse: () => undefined,
    tokenKeys: (now) => store.keys(now),
    catalogues: (now) => store.catalogues(now),
    limitRights: (rights) => servedRights(store, rights),
    keyStore: undefined,
    flush: async () => undefined,
    close: async () => undefined,
  };
}

/**
 * Reads new changes, so that this process reaches the database incarnation that a response came from. Rejects with
 * UnavailableError if the changes still belong to another incarnation.
 *
 * A restore of the database starts a new incarnation, which invalidates all earlier responses.
 */
async function awaitIncarnation(revision: Revision, incarnation: string): Promise<void> {
  await revision.sync();
  if (revision.incarnation === incarnation) return;
  throw new UnavailableError('store', new Error('the issuer speaks of another incarnation'));
}

function answerToIdentified(answer: ActiveIntrospection, catalogue: Catalogue): Identified {
  const { kind, sub: identity, sid: secretId, name, ident, kid, uid, ranges, rev, exp } = answer;
  const parts: PrincipalParts = { kind, identity, secretId, name, ident, via: 'api-key', keyId: kid, uid };
  const organizations = Object.freeze(Object.keys(answer.organizations).sort());
  const scopes = { rev, keyId: kid, uid, organizations, signingKey: undefined };
  const held = createCachedCredential(scopes, exp === undefined ? Infinity : exp * 1000);
  const views = mapViews(
    Object.entries(answer.organizations).map(([oid, { permissions, flairs, owner }]) => {
      const expanded = catalogue.expand(permissions);
      return buildView({ oid, identity, secretId, permissions: expanded, flairs, owner }, catalogue, held);
    }),
    organizations,
  );
  return {
    held,
    tag: undefined,
    inRange: ranges === undefined ? undefined : createRangeCheck(ranges),
    principal: () => buildPrincipal(parts, views, held),
  };
}

/**
 * Restricts a token's rights to the organizations that the service serves.
 *
 * The service does not receive the changes of any other organization, so it would not notice that a token was revoked
 * in that organization.
 */
function servedRights(store: RemoteStore, rights: RightsByOrganization): Outcome<RightsByOrganization> {
  const organizations = store.organizations();
  if (organizations === undefined) throw new UnavailableError('store', new Error('the issuer was not asked yet'));
  if (organizations === 'all') return allow(rights);
  const served = rights.organizations.filter((oid) => serves({ organizations }, oid));
  if (served.length === 0) return deny('ERR_TOKEN_INVALID', { reason: 'token: of organizations not served' });
  const known = new Set(served);
  return allow({ organizations: Object.freeze(served), in: (oid) => (known.has(oid) ? rights.in(oid) : undefined) });
}
