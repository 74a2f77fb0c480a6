import type { Denial } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import { type Credential, type ReadCredentialOptions, readCredential } from './read-credential.js';

/** Headers of a request of Node, of an adapter or of a mock. */
export interface CredentialHeaders {
  /** Names and values in turn. Undefined or empty where an adapter does not set it. */
  readonly rawHeaders?: readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
}

const CREDENTIAL_HEADERS = ['x-api-key', 'authorization'] as const;
const AMBIGUOUS = Object.freeze(deny('ERR_CREDENTIAL_AMBIGUOUS'));

/** Credentials whose text can be two header lines that an adapter has joined. */
const mayBeTwo = new WeakSet<Credential>();

/**
 * Reads the credential of a request. Adapters of AWS Lambda and some mocks leave `rawHeaders` empty; then `headers` is
 * read, where two lines of one name can be joined by a comma.
 *
 * @param rawHeaders The property of `message`, where a caller has a faster way to read it.
 */
export function readRequestCredential(
  message: CredentialHeaders,
  options?: ReadCredentialOptions,
  rawHeaders: readonly string[] = message.rawHeaders ?? [],
): Credential | Denial {
  return rawHeaders.length > 0 ? readCredential(rawHeaders, options) : readJoinedHeaders(message, options);
}

/** Reads the credential from `headers` alone. */
function readJoinedHeaders(message: CredentialHeaders, options?: ReadCredentialOptions): Credential | Denial {
  const lines: string[] = [];
  const known: readonly string[] = [...CREDENTIAL_HEADERS, ...(options?.keyHeaders ?? [])];
  let isJoined = false;
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const header = known.find((each) => each === name.toLowerCase());
    if (header === undefined || value === undefined) continue;
    const texts = typeof value === 'string' ? [value] : value;
    const hasComma = texts.some((text) => text.includes(','));
    // A key can hold a comma, a bearer token cannot.
    if (hasComma && header === 'authorization') return AMBIGUOUS;
    isJoined ||= hasComma;
    for (const text of texts) lines.push(header, text);
  }
  const read = readCredential(lines, options);
  if (isJoined && 'kind' in read) mayBeTwo.add(read);
  return read;
}

/** True for a credential whose text can be two header lines that an adapter has joined. */
export function isMaybeTwo(credential: Credential): boolean {
  return mayBeTwo.has(credential);
}
