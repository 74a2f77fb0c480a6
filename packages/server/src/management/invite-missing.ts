import { flag } from '../route/schema.js';

/**
 * Creates the schema for the field `invite_missing`, which LimaCharlie's clients send.
 *
 * An unknown e-mail address is always invited as a new user. If `false` were refused only for unknown addresses, the
 * refusal would reveal which addresses belong to users. Therefore `false` is refused for every address.
 */
export function inviteMissingField() {
  return flag()
    .refine((wanted) => wanted, { error: 'must be true: whether an address is already a user is not revealed' })
    .optional()
    .describe('true, or nothing: new addresses are always invited');
}
