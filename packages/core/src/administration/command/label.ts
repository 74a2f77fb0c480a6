import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import { isApiUserEmail } from './api-user-name.js';

const MAX_CHARACTERS = 128;
/** Control, format, surrogate, private-use and unassigned characters, and line separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Checks a name that only people read: printable, 1 to 128 characters after NFC, no space around it. */
export function checkLabel(field: string, text: string): Outcome<string> {
  const label = text.normalize('NFC');
  if (label.length === 0 || [...label].length > MAX_CHARACTERS) {
    return denyIssues([{ field, message: `1 to ${MAX_CHARACTERS} characters` }]);
  }
  if (UNPRINTABLE.test(label)) return denyIssues([{ field, message: 'printable characters only' }]);
  if (label.trim() !== label) return denyIssues([{ field, message: 'no space at the start or the end' }]);
  return allow(label);
}

/** One @ with something on both sides, no space: enough to tell an address from a name. */
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/u;

/** Checks an e-mail address and gives it in lower case, as it is compared. */
export function checkEmail(field: string, text: string): Outcome<string> {
  const label = checkLabel(field, text);
  if (!label.allowed) return label;
  if (!EMAIL.test(label.value) || isApiUserEmail(label.value)) {
    return denyIssues([{ field, message: 'write an e-mail address' }]);
  }
  return allow(label.value.toLowerCase());
}
