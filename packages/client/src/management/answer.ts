import { type FieldIssue, FlairgateClientError } from '../client-error.js';

/** A successful response. */
export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

type Members = Readonly<Record<string, unknown>>;

/** Maximum number of characters of a refusal's member `detail` that are used as the error message. */
const MAX_DETAIL_CHARACTERS = 1000;

/** Reads a response. @throws FlairgateClientError unless the response is successful and JSON. */
export async function readAnswer(response: Response): Promise<Answered> {
  const body = await readJson(response);
  if (response.ok && body !== undefined) return { status: response.status, body };
  throw refusal(response, isMembers(body) ? body : {});
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal({ status, headers }: Response, members: Members): FlairgateClientError {
  const { detail, code, missing, issues, key_hash: keyHash } = members;
  const message =
    typeof detail === 'string' ? detail.slice(0, MAX_DETAIL_CHARACTERS) : `the service answered ${status}`;
  return new FlairgateClientError(message, {
    status,
    code: typeof code === 'string' ? code : undefined,
    missing: Array.isArray(missing) ? missing.filter((name) => typeof name === 'string') : undefined,
    issues: Array.isArray(issues) ? issues.filter(isIssue) : undefined,
    keyHash: typeof keyHash === 'string' ? keyHash : undefined,
    retryAfterSeconds: secondsOf(headers.get('retry-after')),
  });
}

/**
 * Returns the seconds in the header `Retry-After`. Returns undefined if the header contains a date, which a proxy may
 * send.
 *
 * @see RFC 9110 section 10.2.3
 */
function secondsOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIssue(value: unknown): value is FieldIssue {
  return isMembers(value) && typeof value.field === 'string' && typeof value.message === 'string';
}
