// errors
export { FlairgateClientError } from './client-error.js';
// calls on behalf of a caller
export {
  type CallerCredential,
  createServiceFetch,
  type OnBehalfOf,
  type ServiceFetch,
  type ServiceFetchOptions,
} from './service-fetch.js';
// the wire
export {
  ACCESS_TOKEN_TYPE,
  API_KEY_TYPE,
  type ChangesAnswer,
  type IntrospectedOrganization,
  type IntrospectionAnswer,
  type OAuthRefusal,
  TOKEN_EXCHANGE_GRANT,
  type TokenAnswer,
} from './wire.js';
