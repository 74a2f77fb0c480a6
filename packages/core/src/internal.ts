/** Names that only the packages in this workspace may use. They may change or disappear in any release. */

export { checkLimit } from './administration/command/caller-limits.js';
export { DAY_MS } from './administration/command/day.js';
export { useOnce } from './administration/command/use-once.js';
export { checkNoEscalation } from './administration/escalation/check-no-escalation.js';
export { endSession } from './administration/sign-in/end-session.js';
export { openSession } from './administration/sign-in/open-session.js';
export { issueSessionToken } from './administration/sign-in/session-token.js';
export { roleGrants } from './administration/users/roles.js';
export { find, permit, read, see, seeEach } from './authorize.js';
export { clarifyDenial } from './credential/clarify-denial.js';
export { isB64Token } from './credential/read-credential.js';
export { type After, deadlines, withDeadline } from './deadlines.js';
export { causeChain } from './denial/cause-chain.js';
export { dependencyCodes } from './denial/errors.js';
export { faultCause, sqliteCode } from './denial/fault-cause.js';
export { plainTextIssue } from './denial/plain-text.js';
export { assertKnownOptions } from './options/assert-known-options.js';
export { parseInteger } from './options/integer.js';
export { editDistance, nearest } from './options/nearest.js';
export { grantKind, toDotted } from './permission/grammar.js';
export { parseGrants, validateGrants } from './permission/grants.js';
export { chooseCatalogue } from './permission/kept-catalogue.js';
export { addResource, keyStoreOf } from './principal/create-authenticator.js';
export type { KeyStore } from './principal/credential-source.js';
export { currentPrincipal } from './principal/current-principal.js';
export { audienceOf, counts, expiryOf } from './principal/held.js';
export { createFairQueue, type FairQueue } from './principal/key/fair-queue.js';
export { createGuessQueue } from './principal/key/guess-queue.js';
export { checkChosenSecret } from './principal/key/hash/custom-secret.js';
export { needsRehash, verifySecret } from './principal/key/hash/hash.js';
export { createVerifyOnce } from './principal/key/hash/verify-once.js';
export { createHoneytokens } from './principal/key/honeytokens.js';
export { openMaterial } from './principal/key/keyring/keyring.js';
export { createRangeCheck, parseRanges, rangesWithin } from './principal/key/ranges.js';
export { mintKeyId, mintKeyText } from './principal/key/text.js';
export {
  type ActiveIntrospection,
  type IntrospectedOrganization,
  type Introspection,
  parseIntrospection,
} from './principal/remote/introspection.js';
export { FOREIGN_ALGORITHMS, tokenKey } from './principal/token/foreign/algorithms.js';
export {
  assertHosts,
  type Fetch,
  type FetchJsonOptions,
  fetchJson,
  isFetchable,
} from './principal/token/foreign/fetch-json.js';
export { isForeignSignature } from './principal/token/foreign/foreign-signature.js';
export { jwkThumbprint, publicJwk, tokenKeyFromJwk } from './principal/token/foreign/jwk.js';
export { readKeySet, staticKeys } from './principal/token/foreign/key-set.js';
export { tokenLifetime } from './principal/token/own/lifetime.js';
export { mintToken } from './principal/token/own/mint.js';
export { isOwnSignature } from './principal/token/own/own-signature.js';
export { compactView, encodeCompact, parseCompact } from './principal/token/text/compact.js';
export type { JsonObject } from './principal/token/text/json-object.js';
export { verifyJws } from './principal/token/verify-jws.js';
export type { Clock } from './revision/clock.js';
export type { RevisionEvent } from './revision/events.js';
export { createRevision, type Revision } from './revision/revision.js';
export type { RevisionOptions } from './revision/revision-state.js';
export type { RevocationScopes } from './revision/revocation-scopes.js';
export { type Committed, type SecurityTransaction, securityWrite } from './revision/security-write.js';
export type { RevisionSnapshot, RevisionSource } from './revision/source.js';
export { apiUserName } from './store/api-user-name.js';
export { isFlair, orderFlairs } from './store/flair.js';
export { isUuid } from './store/ids.js';
export { initialize, notInitialized } from './store/initialize.js';
export { memoryRowStore } from './store/memory/memory-row-store.js';
export { decide } from './visibility/decide.js';
export {
  admitGuarded,
  checkAbsent,
  checkUnknowable,
  type GuardedAdmission,
  type GuardedTarget,
} from './visibility/guard/admit-guarded.js';
export { type ContentPath, contentIn, isJson, parseContentPaths, withheldCopy } from './visibility/guard/content.js';
export { decideGuarded, denySeen, isRestricted, mayHide, mayKnowUnowned } from './visibility/guard/decide-guarded.js';
export {
  type CreatedResource,
  createGuardWriter,
  type GuardWriter,
  type GuardWriterOptions,
  type Lease,
  type Plan,
  type WriteOutcome,
} from './visibility/guard/guard-writer.js';
export { hasOtherSpelling, type IdFormat, type IsId, idText, parseIdFormat } from './visibility/guard/id-format.js';
export {
  type IdNamespace,
  type IdScope,
  isSegmentedCaller,
  ownershipOfMaker,
  parseTypeName,
  spaceOf,
} from './visibility/guard/id-namespace.js';
export { type OwnedPage, ownedPage } from './visibility/guard/owned-page.js';
export {
  createOwnershipReader,
  type OwnershipReader,
  type OwnershipSnapshot,
} from './visibility/guard/ownership-reader.js';
export { UNOWNED } from './visibility/ownership.js';
export { TYPE_NAME } from './visibility/plain-name.js';
export { visibilityOf } from './visibility/visibility.js';
