/**
 * Every setting of the configuration file but those that name a file, with a value that is not its default. Metrics and
 * the console stay on, because settings of theirs are set.
 */
export const EVERYTHING = `
listen: { port: 9000, host: 0.0.0.0, metrics_port: 9001 }
database: { url: everything.db, folder: data, pooler: true, schema: auth, pool_max: 20, connect_timeout_ms: 1000, statement_timeout_ms: 2000, lock_timeout_ms: 500, busy_timeout_ms: 100 }
redis: { url: 'redis://cache.internal', prefix: 'rules:' }
authentication: { api_key_rounds_no: 31000 }
keys: { format: uuid, unknown_flairs: keep }
tokens:
  issuer: https://auth.example.com
  audience: rules
  max_seconds: 28800
  max_bytes: 16384
  compact_above_bytes: 2048
  algorithm: RS256
  resources: [https://mcp.example/mcp]
  issuers:
    - issuer: https://other.example.com
      audience: [rules, notes]
      jwks_uri: http://keys.internal/jwks
      allow_http: [keys.internal]
      algorithms: [RS256]
      types: [JWT, '']
      max_seconds: 600
      clock_tolerance_seconds: 30
      require_jti: false
      ignored_header_members: [x5t]
      accepts: { permissions: [dr.list], flairs: [segment], organizations: all }
    - issuer: https://tenant.eu.auth0.com/
      provider: auth0
      audience: rules
      azp: web
      required_claims: { gty: client-credentials }
      allow_private_addresses: false
      rights:
        - { claim: permissions, map: { 'rules:read': dr.list } }
        - { claim: org_id, organizations: { org_abc: 0f8fad5b-d9cb-469f-a165-70867728950e } }
      accepts: { permissions: [dr.list], organizations: [0f8fad5b-d9cb-469f-a165-70867728950e] }
federation:
  allow_private_addresses: true
  issuers:
    - issuer: https://gitlab.example.com
      provider: gitlab
      jwks_uri: https://gitlab.example.com/oauth/discovery/keys
      immutable_claims: [project_id]
      once: true
exchange: { allow_get: false, at_root: false }
organizations: { unique_names: true }
ingestion_keys: { readable: true }
limits: { userKeys: 5 }
catalogue: [dr.list, { name: apikey.ctrl, privileged: true }]
missing_permission_status: 403
scope_separator: ':'
usage: false
preflight: true
bearer_keys: true
key_headers: [x-auth-token]
revocation: { max_staleness_seconds: 10, max_cached_principals: 50 }
rate_limits: { calls: 7, bulk_calls: 8, refusals: 9, window_seconds: 10, by: identity, on_store_failure: closed }
proxies: { trust: [10.0.0.0/8], header: forwarded }
console:
  key_sign_in: false
  public_url: https://console.example.com
  oidc:
    issuer: https://login.example.com
    client_id: console
    label: Example
    scopes: [openid, email, profile]
    allow_http: [login.internal]
    allow_private_addresses: true
request_ids: always
telemetry: { metrics: true, otlp_url: 'http://collector.internal:4318' }
log: { level: warn, requests: true }
`;
