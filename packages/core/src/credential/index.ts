export {
  type Credential,
  checkCredential,
  isB64Token,
  type ReadCredentialOptions,
  readCredential,
} from './read-credential.js';
