/** Subjects of the nouns, for the overview. */
export const nouns: Readonly<Record<string, string>> = {
  org: 'Organizations, the tenants: nothing crosses them.',
  user: 'People: create them, make them members of organizations, and take that back.',
  group: 'Groups of users, whose permissions their members have in organizations.',
  'api-user': 'Users for programs, each with one key.',
  policy: 'What groups may do with types of objects in an organization.',
  permission: 'Permissions that keys and users can have.',
  catalogue: 'Your own permissions, in place of the built-in ones.',
  audit: 'Who did what, and when.',
  usage: 'How often keys were used, and with which permissions.',
  key: 'API keys: create, list, rotate, disable, revoke and import them.',
  'master-key': 'The key that encrypts what is secret in the database.',
  'signing-key': 'The keys that sign tokens.',
  federation: 'Workloads that other issuers vouch for, such as CI jobs, which need no key.',
  service: 'Keys of services that have no database of their own.',
  config: 'The settings: the configuration file, completed by the environment.',
  ownership: 'Who created and who locks what is behind a guard.',
};
