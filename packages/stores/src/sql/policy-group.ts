/** The table of the groups that each policy names, which triggers of the database keep. No row of core's. */
export const POLICY_GROUP = 'flairgate_policy_group';
