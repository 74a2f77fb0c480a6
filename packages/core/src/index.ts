export {
  type Credential,
  checkCredential,
  type ReadCredentialOptions,
  readCredential,
} from './credential/read-credential.js';
export {
  allow,
  type Denial,
  type DenialCode,
  type DenialMembers,
  type Outcome,
  type RefusedCaller,
  type Stage,
} from './denial/denial.js';
export { type DenialDetails, type DenialRow, denialTable, deny } from './denial/denial-table.js';
export { DeniedError, OptionError, UnavailableError } from './denial/errors.js';
export type { Explanation } from './denial/explanation.js';
export type { FaultCause } from './denial/fault-cause.js';
export { denyIssues, type Issue } from './denial/issue.js';
export { isPlainText } from './denial/plain-text.js';
export { type Answer, type ResourceChallenge, type RespondOptions, respond } from './denial/respond.js';
export { type Catalogue, type CatalogueItem, createCatalogue, type Dotted } from './permission/catalogue.js';
export { defaultCatalogue, limaCharlieCatalogue, limeCatalogue } from './permission/catalogues/built-in.js';
export type { GrantKind } from './permission/grammar.js';
export { permissionPresets } from './permission/presets.js';
export {
  compileRequirement,
  decidePermissions,
  type PermissionDecision,
  type Requirement,
  type RequirementMode,
} from './permission/requirement.js';
export { type Authenticator, isDenial } from './principal/authenticator.js';
export { type AuthenticatorOptions, createAuthenticator } from './principal/create-authenticator.js';
export type { OwnIssuerOptions, TokenOptions } from './principal/find-token.js';
export type { FairQueue, FairQueueOptions } from './principal/key/fair-queue.js';
export type { Guess, Guesser, GuessQueue, GuessQueueOptions } from './principal/key/guess-queue.js';
export type { VerifyOnce } from './principal/key/hash/verify-once.js';
export type { HoneytokenEvent, Honeytokens } from './principal/key/honeytokens.js';
export { type KeyName, parseKeyName, type UnknownFlairs } from './principal/key/key-name.js';
export { parseMasterKey } from './principal/key/keyring/master-key.js';
export { memoryStore } from './principal/key/keyring/memory-store.js';
export { KEY_PATTERN, type KeyFormat, type KeyText, parseKeyText, scrubKeys } from './principal/key/text.js';
export type { OrganizationView, Principal, PrincipalKind } from './principal/principal.js';
export { parseJsonObject } from './principal/token/text/json-object.js';
export { systemClock } from './revision/clock.js';
export { keepChangesFor } from './revision/prune.js';
export { FLAIRS, type Flair } from './store/flair.js';
