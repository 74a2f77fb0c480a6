import { type Denial, OptionError, scrubKeys, UnavailableError } from '@flairgate/core';
import { faultCause } from '@flairgate/core/internal';
import type { Answer, ProcessIo } from './command.js';

/** What ended a command other than well: the exit code, and the one line that says what to do instead. */
export interface Failure {
  /** 1: refused or impossible. 2: bad usage. */
  readonly exit: 1 | 2;
  readonly code: string;
  readonly error: string;
}

/** Prints what a command gave: one JSON object on one line, or lines for a person. */
export function writeAnswer({ out }: ProcessIo, { json, lines }: Answer, asJson: boolean): void {
  if (asJson) out(JSON.stringify(json));
  else for (const line of lines) out(line);
}

/** Prints why there is no answer: `{"error","code"}` in place of the answer, or one line beside it. */
export function writeFailure({ out, note }: ProcessIo, { error, code }: Failure, asJson: boolean): void {
  if (asJson) out(JSON.stringify({ error, code }));
  else note(error);
}

/** Says in one line why a command was refused, with every issue of its input. */
export function toFailure({ code, detail, members }: Denial): Failure {
  const issues = Array.isArray(members.issues) ? members.issues.map(issueText) : [];
  return { exit: 1, code, error: oneLine(issues.length > 0 ? issues.join('; ') : detail) };
}

/**
 * Says in one line what was thrown. Only messages made for people are repeated: ours, and the system's own about
 * files and ports. Any other could hold what was sent to a driver.
 */
export function faultToFailure(error: unknown): Failure {
  if (error instanceof OptionError) return { exit: 1, code: 'ERR_OPTION', error: oneLine(error.message) };
  if (error instanceof UnavailableError) {
    const { text, code } = faultCause(error.cause);
    const said = systemMessage(error.cause) ?? code;
    const why = said === undefined ? text : `${text} (${said})`;
    return { exit: 1, code: 'ERR_STORE_UNAVAILABLE', error: oneLine(`${error.message}: ${why}`) };
  }
  const why = systemMessage(error) ?? (error instanceof Error ? error.name : 'unknown fault');
  return { exit: 1, code: 'ERR_INTERNAL', error: oneLine(`something went wrong: ${why}`) };
}

export function badUsage(message: string): Failure {
  return { exit: 2, code: 'ERR_USAGE', error: oneLine(message) };
}

function issueText(issue: unknown): string {
  const { field, message } = issue as { readonly field: string; readonly message: string };
  return `${field}: ${message}`;
}

/** What a database server says of a connection: the class of its SQLSTATE. Its other messages may quote values. */
const ABOUT_CONNECTION = /^(?:08|28|3D|53|57)[0-9A-Z]{3}$/;

function systemMessage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const code = String(error.code);
  return 'syscall' in error || ABOUT_CONNECTION.test(code) ? error.message : code;
}

/** A line stays a line, whatever stood in a name, and no key of ours is in it. */
function oneLine(text: string): string {
  return scrubKeys(text.replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim());
}
