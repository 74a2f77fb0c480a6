import { flag } from '../route/schema.js';

/**
 * Creates the schema for the field `invite_missing`, with which LimaCharlie's clients ask that an unknown e-mail
 * address is invited as a new user.
 *
 * The service always invites unknown addresses, so the schema refuses `false` for every address. A refusal for unknown
 * addresses only would reveal which addresses belong to users.
 */
export function inviteMissingField() {
  return flag()
    .refine((wanted) => wanted, { error: 'must be true: whether an address is already a user is not revealed' })
    .optional()
    .describe('true, or nothing: new addresses are always invited');
}
