import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import { isApiUserEmail } from '../../store/api-user-name.js';

const MAX_LABEL_CHARACTERS = 128;
/**
 * Matches characters that a display name must not contain: control, format, surrogate, private-use and unassigned
 * characters, and line separators.
 */
const UNPRINTABLE_LABEL = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Parses a display name: 1 to 128 printable characters after NFC normalization, without leading or trailing spaces. */
export function checkLabel(field: string, text: string): Outcome<string> {
  const label = text.normalize('NFC');
  if (label.length === 0 || [...label].length > MAX_LABEL_CHARACTERS) {
    return denyIssues([{ field, message: `must have 1 to ${MAX_LABEL_CHARACTERS} characters` }]);
  }
  if (UNPRINTABLE_LABEL.test(label)) return denyIssues([{ field, message: 'must contain printable characters only' }]);
  if (label.trim() !== label) return denyIssues([{ field, message: 'must not start or end with a space' }]);
  return allow(label);
}

/**
 * Matches an e-mail address: one `@`, text on both sides, and no spaces. This is enough to distinguish an address from
 * a name.
 */
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/u;

/** Parses an e-mail address. Returns the address in lower case, because addresses are compared in lower case. */
export function checkEmail(field: string, text: string): Outcome<string> {
  const label = checkLabel(field, text);
  if (!label.allowed) return label;
  if (!EMAIL.test(label.value) || isApiUserEmail(label.value)) {
    return denyIssues([{ field, message: 'must be an e-mail address' }]);
  }
  return allow(label.value.toLowerCase());
}
