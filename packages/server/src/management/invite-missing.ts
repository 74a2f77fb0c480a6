import { flag } from '../route/schema.js';

/**
 * Creates the field `invite_missing` of LimaCharlie's clients.
 *
 * An address that is new becomes a user in any case. Refusing new addresses would reveal which ones are users, so false
 * is refused for all of them.
 */
export function inviteMissingField() {
  return flag()
    .refine((wanted) => wanted, { error: 'must be true: whether an address is already a user is not revealed' })
    .optional()
    .describe('true, or nothing: new addresses are always invited');
}
