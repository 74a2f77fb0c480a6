import { flag } from '../route/schema.js';

/**
 * Creates the field `invite_missing` of LimaCharlie's clients.
 *
 * A new address always becomes a user. Refusing only new addresses would reveal which addresses belong to users, so
 * `false` is refused for every address.
 */
export function inviteMissingField() {
  return flag()
    .refine((wanted) => wanted, { error: 'must be true: whether an address is already a user is not revealed' })
    .optional()
    .describe('true, or nothing: new addresses are always invited');
}
