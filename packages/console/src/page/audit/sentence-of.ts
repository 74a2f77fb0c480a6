import type { AuditEntry } from '@flairgate/client';

/** Sentences that describe audit actions. The table shows the name or id of the affected object after the sentence. */
const SENTENCES: Readonly<Record<string, string>> = {
  'access.explain': 'Asked why a key sees what it sees:',
  'api-user.create': 'Created the API user',
  'audit.prune': 'Removed old entries of the audit',
  'catalogue.put': 'Stored a catalogue of permissions',
  'database.confirm': 'Confirmed the restore of the database',
  'database.restore': 'Restored the database',
  'federation.create': 'Created the federation',
  'federation.delete': 'Deleted the federation',
  'federation.recreate': 'Created a federation again:',
  'group.create': 'Created the group',
  'group.delete': 'Deleted the group',
  'group.member.add': 'Added a member to the group',
  'group.member.remove': 'Removed a member of the group',
  'group.nest': 'Put a group into the group',
  'group.org.add': 'Attached an organization to the group',
  'group.org.remove': 'Detached an organization from the group',
  'group.owner.add': 'Added an owner to the group',
  'group.owner.remove': 'Removed an owner of the group',
  'group.permissions': 'Changed what the group grants:',
  'group.unnest': 'Took a group out of the group',
  'invitation.accept': 'Accepted an invitation',
  'invitation.decline': 'Declined an invitation',
  'invitation.leave': 'Left the organization',
  'key.create': 'Created the key',
  'key.disable': 'Disabled the key',
  'key.enable': 'Enabled the key',
  'key.honeytoken': 'A honeytoken was used:',
  'key.import': 'Took over the key',
  'key.recreate': 'Created a key again, with what the dead one owned:',
  'key.revoke': 'Revoked the key',
  'key.rotate': 'Gave a new secret to the key',
  'key.rotate.finish': 'Ended the old secret of the key',
  'key.update': 'Changed the key',
  'org.create': 'Created the organization',
  'org.delete': 'Deleted the organization',
  'org.describe': 'Changed the description of the organization',
  'org.rename': 'Renamed the organization',
  'ownership.adopt': 'Took over resources',
  'ownership.release': 'Released the lock of',
  'ownership.resolve': 'Settled an unfinished write of',
  'ownership.transfer': 'Handed on the lock of',
  'policy.delete': 'Deleted the policy',
  'policy.put': 'Saved the policy',
  'request.refuse': 'Was refused:',
  'service-key.create': 'Created the key of a service',
  'service-key.recreate': 'Created the key of a service again:',
  'service-key.revoke': 'Revoked the key of a service',
  'session.end': 'Ended the session of the user',
  'session.open': 'Signed in with a provider:',
  'setting.put': 'Changed the setting',
  'tokens.revoke': 'Revoked the tokens of the organization',
  'user.activate': 'Activated the user',
  'user.create': 'Created the user',
  'user.deactivate': 'Deactivated the user',
  'user.delete': 'Deleted the user',
  'user.join': 'Added the user',
  'user.link': 'Linked the user to the account of a provider:',
  'user.offer': 'Invited the user',
  'user.owner.delete': 'Deleted the user, an owner:',
  'user.remove': 'Removed the user',
  'user.revoke': 'Took permissions from the user',
  'user.unlink': 'Removed the link of the user to the account of a provider:',
  'user.role': 'Set the role of the user',
};

/** Sentences that describe refused requests, by error code. */
const REFUSALS: Readonly<Record<string, string>> = {
  ERR_CONTENT_WITHHELD: 'Was refused, because part of the content is secret to another key:',
  ERR_ESCALATION: 'Was refused, because nobody can give more than they hold:',
  ERR_ETAG_MISMATCH: 'Was refused, because of a newer version:',
  ERR_KEY_INVALID: 'Was refused, because the key is not valid:',
  ERR_LAST_OWNER: 'Was refused, because the organization would have no owner:',
  ERR_LIMIT: 'Was refused, because there would be too many:',
  ERR_NAME_TAKEN: 'Was refused, because the name is taken:',
  ERR_NOT_FOUND: 'Was refused, as if it did not exist:',
  ERR_NOT_SECRET_TO_YOU: 'Was refused, because the content is not secret to the key:',
  ERR_PERMISSION_MISSING: 'Was refused, because a permission is missing:',
  ERR_RATE_LIMITED: 'Was refused, because of the call limit:',
  ERR_RESOURCE_EXISTS: 'Was refused, because it exists already:',
  ERR_RESOURCE_LOCKED: 'Was refused, because another key holds the lock:',
  ERR_USER_REQUIRED: 'Was refused, because only a user can do it:',
  ERR_VALIDATION: 'Was refused, because the input is not valid:',
};

/** Pairs of action and description, sorted by description. */
export const ACTIONS: readonly (readonly [action: string, text: string])[] = Object.entries(SENTENCES)
  .map(([action, sentence]) => [action, sentence.replace(/:$/, '')] as const)
  .sort(([, a], [, b]) => a.localeCompare(b));

/** Describes an audit entry in a sentence. If there is no sentence for the action, the name of the action is used. */
export function sentenceOf({ action, outcome, details: { code } }: AuditEntry): string {
  const said = Object.hasOwn(SENTENCES, action) ? (SENTENCES[action] ?? action) : action;
  if (action === 'request.refuse' && typeof code === 'string') {
    return (Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined) ?? `${said} ${code}`;
  }
  return outcome === 'not-done' ? `Announced, and did not do: ${said}` : said;
}
