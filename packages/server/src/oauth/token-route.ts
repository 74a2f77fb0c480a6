import type { TokenAnswer } from '@flairgate/client';
import { allow, type Denial, deny, type Outcome, type Principal } from '@flairgate/core';
import { exchangeOnBehalf, type OnBehalfInput } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { text, uuid } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { assertService } from './assert-service.js';
import { exchangeForFederation, JWT_BEARER } from './federated-token.js';
import { denyOAuth, type OAuthError } from './oauth-errors.js';

/**
 * Grant type of the request with which a service gets a token on behalf of its caller.
 *
 * @see RFC 8693 §2.1
 */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const SUBJECT_TYPES = [
  ACCESS_TOKEN,
  'urn:ietf:params:oauth:token-type:jwt',
  'urn:flairgate:params:oauth:token-type:api-key',
];

const credential = z.string({ error: 'is required' }).min(1, { error: 'is required' });

const tokenFields = z.object({
  grant_type: text('must be the name of a grant').optional().describe(`${TOKEN_EXCHANGE}, or ${JWT_BEARER}`),
  subject_token: credential.optional().describe("The caller's API key or token, or the token of a federation's issuer"),
  subject_token_type: text().optional().describe(SUBJECT_TYPES.join(', ')),
  assertion: credential
    .optional()
    .describe(`Token of the issuer that a federation trusts. Only with the grant ${JWT_BEARER}`),
  federation_id: text().optional().describe('Public id of the federation; the request has no other credential'),
  requested_token_type: text().optional().describe(ACCESS_TOKEN),
  audience: text().optional().describe('Name of the next service'),
  scope: text().optional().describe('Narrows the token to these permissions, separated by spaces'),
  oid: uuid().optional().describe('Narrows the token to one organization'),
  address: text().optional().describe('Address of the caller; required for a key with address ranges'),
  actor_token: text().optional().describe('Refused: the service key identifies the actor'),
  resource: text().optional().describe('Address of the next service, instead of its name (RFC 8707)'),
});

const tokenAnswer: z.ZodType<TokenAnswer, TokenAnswer> = z.object({
  access_token: z.string(),
  issued_token_type: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  scope: z.string(),
});

type Fields = z.output<typeof tokenFields>;

/**
 * Creates the route that issues tokens. A service gets a token to call the next service on behalf of its caller. A
 * federation exchanges the token of its external issuer for a Flairgate token.
 *
 * @see RFC 8693
 */
export function tokenRoute(context: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/oauth/token',
    summary: "Exchange a caller's credential, or the token of a federation's issuer, for a token",
    needs: { kind: 'service', orFederation: true },
    refusals: 'oauth',
    fields: tokenFields,
    answer: tokenAnswer,
    async handle({ fields: given, caller, countedAs }) {
      if (caller === undefined) {
        const isFederated = given.federation_id !== undefined || given.assertion !== undefined;
        return isFederated ? exchangeForFederation(context, given, countedAs) : deny('ERR_CREDENTIAL_MISSING');
      }
      return exchangeFor(context, given, assertService(caller));
    },
  });
}

async function exchangeFor(
  { fleet, scopeSeparator }: ServiceContext,
  given: Fields,
  service: Principal,
): Promise<Outcome<TokenAnswer>> {
  const input = readInput(given);
  if ('code' in input) return input;
  const outcome = await exchangeOnBehalf(fleet, service, input);
  if (!outcome.allowed) return toOAuthDenial(outcome);
  const { jwt, expiresAt, permissions } = outcome.value;
  return allow({
    access_token: jwt,
    issued_token_type: ACCESS_TOKEN,
    token_type: 'Bearer' as const,
    expires_in: Math.max(0, expiresAt - Math.ceil(fleet.now() / 1000)),
    scope: permissions.join(' ').replaceAll('.', scopeSeparator),
  });
}

function checkForm(given: Fields): Denial | undefined {
  const { grant_type, subject_token_type, requested_token_type, actor_token, audience, resource } = given;
  if (grant_type !== TOKEN_EXCHANGE) return denyOAuth('unsupported_grant_type', `the only grant is ${TOKEN_EXCHANGE}`);
  if (given.federation_id !== undefined || given.assertion !== undefined) {
    return denyOAuth('invalid_request', "send a federation's token without another credential");
  }
  if (subject_token_type === undefined || !SUBJECT_TYPES.includes(subject_token_type)) {
    return denyOAuth('invalid_request', `subject_token_type is one of ${SUBJECT_TYPES.join(', ')}`);
  }
  if (requested_token_type !== undefined && !SUBJECT_TYPES.slice(0, 2).includes(requested_token_type)) {
    return denyOAuth('invalid_request', `requested_token_type is ${ACCESS_TOKEN}`);
  }
  if (actor_token !== undefined) return denyOAuth('invalid_request', 'leave out actor_token');
  if (audience === undefined && resource === undefined) {
    return denyOAuth('invalid_request', 'audience or resource is required');
  }
  const isOne = audience === undefined || resource === undefined || audience === resource;
  return isOne ? undefined : denyOAuth('invalid_target', 'a token is for one audience: send audience or resource');
}

function readInput(given: Fields): OnBehalfInput | Denial {
  const refusal = checkForm(given);
  if (refusal !== undefined) return refusal;
  const { subject_token, audience, resource, scope, oid, address } = given;
  if (subject_token === undefined) return denyOAuth('invalid_request', "subject_token must be the caller's credential");
  return {
    subjectToken: subject_token,
    audience: audience ?? resource ?? '',
    permissions: scope?.split(' ').filter((name) => name !== ''),
    oid,
    address,
  };
}

/**
 * Adds the OAuth error name to a refusal of the token exchange. `ERR_TOKEN_INVALID` means that the credential of the
 * service's caller is invalid. This code becomes `invalid_request`, because the service's own key is valid.
 */
function toOAuthDenial(denial: Denial): Denial {
  const { code, members, detail, reason } = denial;
  if (code === 'ERR_ESCALATION') return denyOAuth(targetError(members.dimension), detail, reason);
  if (code === 'ERR_VALIDATION') return denyOAuth('invalid_scope', 'scope names an unknown permission', reason);
  return code === 'ERR_TOKEN_INVALID' ? denyOAuth('invalid_request', 'the subject token is not valid', reason) : denial;
}

function targetError(dimension: unknown): OAuthError {
  return dimension === 'audience' ? 'invalid_target' : 'invalid_request';
}
