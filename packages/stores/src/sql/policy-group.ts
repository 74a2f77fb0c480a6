/**
 * Name of the table that lists the groups to which each policy grants something. Database triggers maintain the table,
 * and core has no row type for it.
 */
export const POLICY_GROUP = 'flairgate_policy_group';
