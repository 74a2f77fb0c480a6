/**
 * Name of the table that lists, for each policy, the groups to which the policy grants something. Database triggers
 * write the table. Core's row types do not include it.
 */
export const POLICY_GROUP = 'flairgate_policy_group';
