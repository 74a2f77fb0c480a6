import type { AuditEntry } from '@flairgate/client';

/** Sentences of actions, for people. The name of the object follows where it is known. */
const SENTENCES: Readonly<Record<string, string>> = {
  'access.explain': 'Asked why a key sees what it sees:',
  'audit.prune': 'Removed old entries of the audit',
  'key.create': 'Created the key',
  'key.recreate': 'Created a key again, with what the dead one owned:',
  'key.update': 'Changed the key',
  'key.rotate': 'Gave a new secret to the key',
  'key.disable': 'Disabled the key',
  'key.enable': 'Enabled the key',
  'key.revoke': 'Revoked the key',
  'key.honeytoken': 'A honeytoken was used:',
  'ownership.release': 'Released the lock of',
  'ownership.transfer': 'Handed on the lock of',
  'org.create': 'Created the organization',
  'org.delete': 'Deleted the organization',
  'policy.put': 'Saved the policy',
  'policy.delete': 'Deleted the policy',
  'request.refuse': 'Was refused:',
};

/** Returns an entry as a sentence; the action itself if there is no sentence for it. */
export function sentenceOf({ action, outcome, details }: AuditEntry): string {
  const said = SENTENCES[action] ?? action;
  if (action === 'request.refuse' && typeof details.code === 'string') return `${said} ${details.code}`;
  return outcome === 'not-done' ? `Announced, and did not do: ${said}` : said;
}
