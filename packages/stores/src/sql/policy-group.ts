/** Table of the groups that each policy names. Database triggers maintain it; core has no row type for it. */
export const POLICY_GROUP = 'flairgate_policy_group';
