export { type AuthenticatorOptions, createAuthenticator } from './create-authenticator.js';
export { FLAIRS, type Flair, isFlair, orderFlairs } from './flair.js';
export { createHoneytokens, type HoneytokenEvent, type Honeytokens } from './honeytokens.js';
export { type OwnIssuerOptions, ownIssuer, type TokenOptions } from './identify-token.js';
export {
  type ActiveIntrospection,
  type IntrospectedOrganization,
  type Introspection,
  parseIntrospection,
} from './introspection.js';
export { checkChosenSecret } from './key/chosen-secret.js';
export {
  createGuessQueue,
  type Guess,
  type Guesser,
  type GuessQueue,
  type GuessQueueOptions,
} from './key/guess-queue.js';
export {
  checkHashSetting,
  DEFAULT_HASH_SETTING,
  type HashSetting,
  hashSecret,
  needsRehash,
  verifySecret,
} from './key/hash.js';
export { createHasher, type Hasher, type HasherOptions } from './key/hasher.js';
export { parseMasterKey } from './key/master-key.js';
export { finishRewrap, type KeyMaterial, openMaterial, rewrapMaterial } from './key/material.js';
export { type MemoryStoreOptions, memoryStore } from './key/memory-store.js';
export { openStore } from './key/open-store.js';
export type { RandomBytes } from './key/random.js';
export { createRangeCheck, parseRanges, rangesWithin } from './key/ranges.js';
export type { HashScheme } from './key/stored-hash.js';
export {
  KEY_PATTERN,
  type KeyFormat,
  type KeyText,
  mintKeyId,
  mintKeyText,
  parseKeyText,
  scrubKeys,
} from './key/text.js';
export { createTurns, type Turns, type TurnsOptions } from './key/turns.js';
export { type KeyName, parseKeyName } from './key-name.js';
export type { OrganizationView, Principal, PrincipalKind } from './principal.js';
export {
  type Algorithm,
  createHmacTokenKey,
  type TokenKey,
  type TokenSigner,
  tokenKey,
} from './token/algorithms.js';
export { type CatalogueClientOptions, createCatalogueSource } from './token/catalogue-client.js';
export type { ClaimedRights, OwnClaims, TokenClaims } from './token/claims.js';
export {
  type CompactCatalogue,
  type CompactClaim,
  type CompactRights,
  compactView,
  encodeCompact,
  parseCompact,
} from './token/compact.js';
export { createTokenMint, type TokenMintOptions } from './token/create-token-mint.js';
export { type Fetch, type FetchJsonOptions, fetchJson, isFetchable } from './token/fetch-json.js';
export { type JsonObject, parseJsonObject } from './token/json-object.js';
export { jwkThumbprint, type PublicJwk, publicJwk, tokenKeyFromJwk } from './token/jwk.js';
export { createJwksSource, type JwksSourceOptions } from './token/jwks-client.js';
export { type KeySource, readKeySet, staticKeys } from './token/key-set.js';
export { type LifetimeInput, tokenLifetime } from './token/lifetime.js';
export {
  type MintedRights,
  type MintedToken,
  type MintOptions,
  mintToken,
  type TokenInput,
} from './token/mint.js';
export type { RingAlgorithm } from './token/new-signing-key.js';
export { createOwnVerifier, type OwnToken, type OwnVerifier } from './token/own-verifier.js';
export type { AcceptedRights, Rights, RightsByOrganization } from './token/rights.js';
export {
  openSigningRing,
  type RingChange,
  type SigningRing,
  type SigningRingOptions,
} from './token/signing-ring.js';
export type { SignedToken, TokenGrant, TokenMint } from './token/token-mint.js';
export type {
  CatalogueSource,
  IssuerOptions,
  TokenVerifierOptions,
} from './token/verifier-options.js';
export { createTokenVerifier, type TokenVerifier, type VerifiedToken } from './token/verify.js';
export { verifyJws } from './token/verify-jws.js';
export { createVerifyOnce, type VerifyOnce } from './verify-once.js';
