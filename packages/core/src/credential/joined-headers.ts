import type { Denial } from '../denial/denial.js';
import { AMBIGUOUS, type Credential, type ReadCredentialOptions, readCredential } from './read-credential.js';

/** Headers of a request from Node, from an adapter, or from a mock. */
export interface CredentialHeaders {
  /** Alternating header names and values. Undefined or empty if the adapter does not set `rawHeaders`. */
  readonly rawHeaders?: readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
  /** The AWS Lambda event from which `serverless-http` created the request. */
  readonly apiGateway?: {
    readonly event?: { readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>> | null } | null;
  } | null;
}

const CREDENTIAL_HEADERS = ['x-api-key', 'authorization'] as const;

/** Credentials that may be two header lines joined by an adapter. */
const mayBeTwo = new WeakSet<Credential>();

/**
 * Reads the credential of a request. Adapters for AWS Lambda and some mocks leave `rawHeaders` empty. In that case
 * `headers` is read.
 *
 * In `headers`, two lines with the same name may have been joined by a comma, or only the last line may remain. For
 * `serverless-http`, the lines are counted in the AWS Lambda event, which contains every line.
 *
 * @param rawHeaders The value of `message.rawHeaders`, if the caller has a faster way to read it.
 */
export function readRequestCredential(
  message: CredentialHeaders,
  options?: ReadCredentialOptions,
  rawHeaders: readonly string[] = message.rawHeaders ?? [],
): Credential | Denial {
  if (rawHeaders.length > 0) return readCredential(rawHeaders, options);
  const known = [...CREDENTIAL_HEADERS, ...(options?.keyHeaders ?? [])];
  return hasTwoLines(message, known) ? AMBIGUOUS : readJoinedHeaders(message, known, options);
}

/** Reads the credential from `headers`, without `rawHeaders`. */
function readJoinedHeaders(
  message: CredentialHeaders,
  known: readonly string[],
  options?: ReadCredentialOptions,
): Credential | Denial {
  const lines: string[] = [];
  let isJoined = false;
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const header = known.find((each) => each === name.toLowerCase());
    if (header === undefined || value === undefined) continue;
    const texts = typeof value === 'string' ? [value] : value;
    const hasComma = texts.some((text) => text.includes(','));
    // A key may contain a comma, a bearer token may not.
    if (hasComma && header === 'authorization') return AMBIGUOUS;
    isJoined ||= hasComma;
    for (const text of texts) lines.push(header, text);
  }
  const read = readCredential(lines, options);
  if (isJoined && 'kind' in read) mayBeTwo.add(read);
  return read;
}

/** True if the AWS Lambda event contains one of these headers more than once. */
function hasTwoLines({ apiGateway }: CredentialHeaders, known: readonly string[]): boolean {
  const lines = Object.entries(apiGateway?.event?.multiValueHeaders ?? {});
  return known.some((header) => {
    const values = lines.flatMap(([name, each]) => (name.toLowerCase() === header ? each : []));
    return values.length > 1;
  });
}

/** True for a credential that may be two header lines joined by an adapter. */
export function isMaybeTwo(credential: Credential): boolean {
  return mayBeTwo.has(credential);
}
