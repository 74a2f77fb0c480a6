import type { TokenAnswer } from '@flairgate/client';
import { allow, type Denial, type Outcome } from '@flairgate/core';
import { exchangeFederated } from '@flairgate/core/administration';
import { findResource } from '../exchange/resources.js';
import type { ServiceContext } from '../service-context.js';
import { denyOAuth } from './oauth-errors.js';

/** Grant type of a request that contains the external token in the field `subject_token`. @see RFC 8693 §2.1 */
const FEDERATED_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Grant type of a request that contains the external token in the field `assertion`. @see RFC 7523 §2.1 */
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const FEDERATED_TYPES = ['urn:ietf:params:oauth:token-type:id_token', 'urn:ietf:params:oauth:token-type:jwt'];
const ISSUED_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

/** Fields of the token request of a federation, which is a trusted workload such as a CI job. */
export interface FederatedFields {
  readonly grant_type?: string | undefined;
  readonly subject_token?: string | undefined;
  readonly subject_token_type?: string | undefined;
  readonly assertion?: string | undefined;
  readonly federation_id?: string | undefined;
  readonly requested_token_type?: string | undefined;
  readonly actor_token?: string | undefined;
  readonly audience?: string | undefined;
  readonly resource?: string | undefined;
  readonly scope?: string | undefined;
  readonly oid?: string | undefined;
  readonly address?: string | undefined;
}

/**
 * Exchanges an external issuer's token for a Flairgate token with the rights of a federation. The request has no other
 * credential. Therefore an invalid external token counts toward the failure limit of the sender's address.
 */
export async function exchangeForFederation(
  context: ServiceContext,
  fields: FederatedFields,
  countedAs: string | undefined,
): Promise<Outcome<TokenAnswer>> {
  const { federation, failures, scopeSeparator } = context;
  const limited = await failures.exceeded(countedAs);
  if (limited !== undefined) return limited;
  const token = readFederatedToken(fields);
  if (typeof token !== 'string') return token;
  const { federation_id: federationId = '' } = fields;
  if (federationId === '') return denyOAuth('invalid_request', 'federation_id must be the id of the federation');
  const target = readTarget(fields, context);
  if ('code' in target) return target;
  const permissions = fields.scope?.split(' ').filter((name) => name !== '');
  const outcome = await exchangeFederated(federation, { subjectToken: token, federationId, permissions, ...target });
  if (!outcome.allowed) {
    if (outcome.code === 'ERR_VALIDATION') return denyOAuth('invalid_scope', 'scope names an unknown permission');
    const isWrong = outcome.code === 'ERR_TOKEN_INVALID';
    return isWrong ? denyFederation(await failures.count(countedAs, outcome), fields.grant_type) : outcome;
  }
  const { jwt, expiresAt, permissions: granted } = outcome.value;
  return allow({
    access_token: jwt,
    issued_token_type: ISSUED_TYPE,
    token_type: 'Bearer' as const,
    expires_in: Math.max(0, expiresAt - Math.ceil(federation.now() / 1000)),
    scope: granted.join(' ').replaceAll('.', scopeSeparator),
  });
}

/**
 * Returns the audience of the token to issue: the service itself, or one of its resources.
 *
 * A request for an unknown audience is refused. Without the refusal, the client would get a token with wider use than
 * it requested, and would send this token to the unknown audience.
 *
 * @see RFC 8707 §2
 */
function readTarget(
  { audience, resource, oid, address, actor_token }: FederatedFields,
  context: ServiceContext,
): { readonly audience?: string } | Denial {
  if (oid !== undefined || address !== undefined || actor_token !== undefined) {
    return denyOAuth(
      'invalid_request',
      'leave out oid, address and actor_token: the federation says what the token is',
    );
  }
  if (audience !== undefined && resource !== undefined && audience !== resource) {
    return denyOAuth('invalid_target', 'a token is for one audience: send audience or resource');
  }
  const asked = resource ?? audience;
  if (asked === undefined) return {};
  const found = findResource(asked, context);
  if (found === undefined) return denyOAuth('invalid_target', 'resource must be one that this service knows');
  return found === 'own' ? {} : found;
}

/**
 * Returns the external issuer's token from the field that the grant type prescribes. Returns a refusal if this field is
 * missing, or if the grant type or a token type is not supported.
 */
function readFederatedToken(fields: FederatedFields): string | Denial {
  const { grant_type: grant, subject_token: subject, subject_token_type: type, assertion } = fields;
  if (fields.requested_token_type !== undefined && fields.requested_token_type !== ISSUED_TYPE) {
    return denyOAuth('invalid_request', `requested_token_type is ${ISSUED_TYPE}`);
  }
  if (grant === JWT_BEARER) {
    if (subject !== undefined) return denyOAuth('invalid_request', 'leave out subject_token, and send assertion');
    return assertion ?? denyOAuth('invalid_request', 'assertion must be the token of the issuer');
  }
  if (grant !== FEDERATED_EXCHANGE) {
    return denyOAuth('unsupported_grant_type', `the grants are ${FEDERATED_EXCHANGE} and ${JWT_BEARER}`);
  }
  if (type === undefined || !FEDERATED_TYPES.includes(type)) {
    return denyOAuth('invalid_request', `subject_token_type is one of ${FEDERATED_TYPES.join(', ')}`);
  }
  if (assertion !== undefined) return denyOAuth('invalid_request', 'leave out assertion, and send subject_token');
  return subject ?? denyOAuth('invalid_request', 'subject_token must be the token of the issuer');
}

/**
 * Returns the refusal to send. For an invalid external token, the refusal has the OAuth error name that the grant type
 * prescribes. All other refusals keep their code.
 *
 * @see RFC 8693 §2.2.2, RFC 7523 §3.1
 */
function denyFederation({ code, reason, caller, ...denial }: Denial, grant: string | undefined): Denial {
  if (code !== 'ERR_TOKEN_INVALID') return { code, reason, ...denial };
  const named = denyOAuth(grant === JWT_BEARER ? 'invalid_grant' : 'invalid_request', 'the token is not valid', reason);
  return caller === undefined ? named : { ...named, caller };
}
