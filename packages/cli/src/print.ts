import { FlairgateClientError } from '@flairgate/client';
import { type Denial, OptionError, scrubKeys, UnavailableError } from '@flairgate/core';
import { faultCause } from '@flairgate/core/internal';
import type { Answer, ProcessIo } from './command.js';
import { tableLines } from './table.js';

/** Failure of a command: exit code, error code and a one-line message. */
export interface Failure {
  /** 1 if the command was refused or failed; 2 for bad usage, including an invalid value. */
  readonly exit: 1 | 2;
  readonly code: string;
  readonly error: string;
}

/** Prints the result of a command as one line of JSON, or as lines for people. */
export function writeAnswer(io: ProcessIo, { json, lines, table }: Answer, asJson: boolean): void {
  const printed = table === undefined ? lines : tableLines(table, io);
  for (const line of asJson ? [JSON.stringify(json)] : printed) io.out(line);
}

/** Prints a failure: as JSON `{"error","code"}` on standard output, or as one line on standard error. */
export function writeFailure({ out, note }: ProcessIo, { error, code }: Failure, asJson: boolean): void {
  if (asJson) out(JSON.stringify({ error, code }));
  else note(error);
}

/** Converts a refusal to a failure with a one-line message. The message lists every invalid field of the input. */
export function toFailure({ code, detail, members }: Denial): Failure {
  const issues = Array.isArray(members.issues) ? members.issues.map(issueText) : [];
  const exit = code === 'ERR_VALIDATION' ? 2 : 1;
  return { exit, code, error: oneLine(issues.length > 0 ? issues.join('; ') : (takenText(members, code) ?? detail)) };
}

/**
 * Returns a message such as `the name x is taken`. Undefined if the refusal has another reason, or names neither an
 * e-mail address nor a name.
 */
function takenText({ email, name }: Denial['members'], code: string): string | undefined {
  if (code !== 'ERR_NAME_TAKEN') return undefined;
  if (typeof email === 'string') return `the e-mail address ${email} is taken`;
  return typeof name === 'string' ? `the name ${name} is taken` : undefined;
}

/**
 * Converts a thrown error to a failure with a one-line message. The failure repeats only Flairgate's own messages, and
 * system messages about files, ports and connections. Any other message could contain a value that was sent to a
 * database driver.
 */
export function faultToFailure(error: unknown): Failure {
  if (error instanceof OptionError) return { exit: 1, code: 'ERR_OPTION', error: oneLine(error.message) };
  if (error instanceof UnavailableError) {
    const { text, code } = faultCause(error.cause);
    const said = systemMessage(error.cause) ?? code;
    const why = said === undefined ? text : `${text} (${said})`;
    return { exit: 1, code: 'ERR_STORE_UNAVAILABLE', error: oneLine(`${error.message}: ${why}`) };
  }
  if (error instanceof FlairgateClientError) return remoteFailure(error);
  const why = systemMessage(error) ?? (error instanceof Error ? error.name : 'unknown fault');
  return { exit: 1, code: 'ERR_INTERNAL', error: oneLine(`something went wrong: ${why}`) };
}

/** Message for a successful response that does not come from a Flairgate service. */
export const OTHER_SERVICE = '--url: the answer is not that of a Flairgate service; check the address';

/**
 * Converts an error of a call to a service to a failure. Either the service refused the call, or it was not reached.
 */
function remoteFailure(error: FlairgateClientError): Failure {
  const { status, message, code = 'ERR_UNREACHABLE', issues, missing, cause } = error;
  if (status === 404 && error.code === undefined) {
    return { exit: 1, code: 'ERR_NOT_FOUND', error: '--url: the service has no route for this' };
  }
  if (status !== undefined && status < 300) return { exit: 1, code: 'ERR_OPTION', error: OTHER_SERVICE };
  const exit = code === 'ERR_VALIDATION' ? 2 : 1;
  if (issues.length > 0) return { exit, code, error: oneLine(issues.map(issueText).join('; ')) };
  const reason = code === 'ERR_UNREACHABLE' ? connectionCode(cause) : undefined;
  const lacking = missing.length > 0 && !message.includes(missing[0] ?? '') ? ` (${missing.join(', ')})` : '';
  return { exit, code, error: oneLine(`${message}${lacking}${reason === undefined ? '' : ` (${reason})`}`) };
}

/**
 * Returns the reason why a connection failed, such as the system's code `ECONNREFUSED`. `cause` is the error that
 * `fetch` threw. The cause of this error contains the code.
 */
function connectionCode(cause: unknown): string | undefined {
  const inner = cause instanceof Error ? cause.cause : undefined;
  if (!(inner instanceof Error)) return undefined;
  if ('code' in inner) return String(inner.code);
  return inner.message === 'unexpected redirect' ? 'it redirects' : undefined;
}

export function badUsage(message: string): Failure {
  return { exit: 2, code: 'ERR_USAGE', error: oneLine(message) };
}

const OWN_PERMISSIONS = '`flairgate permission list` shows all, and `flairgate catalogue put` stores your own';

function issueText(issue: unknown): string {
  const { field, message } = issue as { readonly field: string; readonly message: string };
  const isUnknown = message.includes('unknown permission');
  return `${field}: ${message}${isUnknown ? `; ${OWN_PERMISSIONS}` : ''}`;
}

/**
 * Matches the SQLSTATE codes (error codes of PostgreSQL) that are about connections. If an error has a code of another
 * kind, its message is not repeated, because the message may quote values.
 */
const ABOUT_CONNECTION = /^(?:08|28|3D|53|57)[0-9A-Z]{3}$/;

function systemMessage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const code = String(error.code);
  return 'syscall' in error || ABOUT_CONNECTION.test(code) ? error.message : code;
}

/** Returns the text as one line, with API keys removed. */
function oneLine(text: string): string {
  return scrubKeys(text.replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim());
}
