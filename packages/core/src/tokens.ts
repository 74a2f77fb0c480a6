export { ownIssuer } from './principal/find-token.js';
export {
  type Algorithm,
  createHmacTokenKey,
  type OwnAlgorithm,
  type TokenKey,
  type TokenSigner,
} from './principal/token/foreign/algorithms.js';
export { type CatalogueClientOptions, createCatalogueSource } from './principal/token/foreign/catalogue-client.js';
export type { Fetch } from './principal/token/foreign/fetch-json.js';
export type { PublicJwk } from './principal/token/foreign/jwk.js';
export { createJwksSource, type JwksSourceOptions } from './principal/token/foreign/jwks-client.js';
export type { KeySource } from './principal/token/foreign/key-set.js';
export type { ClaimName } from './principal/token/issuer/claim-path.js';
export { examineToken, type TokenFinding } from './principal/token/issuer/examine-token.js';
export {
  type FederationIssuer,
  type FederationIssuerOptions,
  type FederationIssuers,
  openFederationIssuers,
} from './principal/token/issuer/federation-issuers.js';
export type { IssuerEvent } from './principal/token/issuer/issuer-events.js';
export { type OidcIssuerOptions, oidcIssuer } from './principal/token/issuer/oidc-issuer.js';
export { PROVIDER_NAMES, type ProviderName } from './principal/token/issuer/providers.js';
export type {
  ClaimRow,
  ConstantRow,
  FlairsRow,
  IssuerRights,
  OrganizationsRow,
  PermissionsRow,
  ReadRightsFunction,
  RightsRow,
} from './principal/token/issuer/rights-table.js';
export { createTokenMint, type TokenMintOptions } from './principal/token/own/create-token-mint.js';
export type { LifetimeInput } from './principal/token/own/lifetime.js';
export type { MintedRights, MintedToken, MintOptions, TokenInput } from './principal/token/own/mint.js';
export type { RingAlgorithm } from './principal/token/own/new-signing-key.js';
export { createOwnVerifier, type OwnToken, type OwnVerifier } from './principal/token/own/own-verifier.js';
export {
  openSigningRing,
  type RingChange,
  type SigningRing,
  type SigningRingOptions,
} from './principal/token/own/signing-ring.js';
export type { SignedToken, TokenGrant, TokenMint } from './principal/token/own/token-mint.js';
export type { ClaimedRights, OwnClaims, TokenClaims } from './principal/token/text/claims.js';
export type { CompactCatalogue, CompactClaim, CompactRights } from './principal/token/text/compact.js';
export type { JsonObject } from './principal/token/text/json-object.js';
export type { AudienceClaim } from './principal/token/text/registered-claims.js';
export type { AcceptedRights, Rights, RightsByOrganization } from './principal/token/text/rights.js';
export type { CatalogueSource, IssuerOptions, TokenVerifierOptions } from './principal/token/verifier-options.js';
export type { TokenVerifier, VerifiedToken } from './principal/token/verify.js';
export { createTokenVerifier } from './principal/token/verify.js';
