import type { AuditEntry } from '@flairgate/client';

/** Sentences that describe audit actions. The name of the object is appended if it is known. */
const SENTENCES: Readonly<Record<string, string>> = {
  'access.explain': 'Asked why a key sees what it sees:',
  'api-user.create': 'Created the API user',
  'audit.prune': 'Removed old entries of the audit',
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
  'org.rename': 'Renamed the organization',
  'ownership.adopt': 'Took over resources',
  'ownership.release': 'Released the lock of',
  'ownership.transfer': 'Handed on the lock of',
  'policy.delete': 'Deleted the policy',
  'policy.put': 'Saved the policy',
  'request.refuse': 'Was refused:',
  'tokens.revoke': 'Revoked the tokens of the organization',
  'user.activate': 'Activated the user',
  'user.create': 'Created the user',
  'user.deactivate': 'Deactivated the user',
  'user.delete': 'Deleted the user',
  'user.join': 'Added the user',
  'user.offer': 'Invited the user',
  'user.remove': 'Removed the user',
  'user.role': 'Set the role of the user',
};

/** Describes an entry in a sentence. Uses the action's name if there is no sentence for it. */
export function sentenceOf({ action, outcome, details }: AuditEntry): string {
  const said = SENTENCES[action] ?? action;
  if (action === 'request.refuse' && typeof details.code === 'string') return `${said} ${details.code}`;
  return outcome === 'not-done' ? `Announced, and did not do: ${said}` : said;
}
