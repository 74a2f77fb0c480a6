import type { ExplainedKey } from '@flairgate/client';
import { meaningOf, toFlairs } from '../key-names/flair-meanings.ts';
import { KeyName } from '../key-names/flairs.tsx';
import { PermissionList } from '../permissions/permission-list.tsx';

const STATES: Readonly<Record<ExplainedKey['state'], string>> = {
  active: 'The key is valid.',
  revoked: 'The key is revoked: every request of it is refused.',
  disabled: 'The key is disabled: every request of it is refused.',
  expired: 'The key has expired: every request of it is refused.',
  orphaned: 'Nothing is left of the identity of the key: every request of it is refused.',
  deactivated: 'The user is deactivated: every request of the key is refused.',
  suspended: 'Every key is suspended since a restore.',
  'without-key': 'The user has no API-user key.',
};

/** Shows the key whose access is explained: its state, the effect of its flairs, and its permissions. */
export function KeySummary({ of: { ident, state, flairs, permissions } }: { readonly of: ExplainedKey }) {
  return (
    <>
      <h2>
        <KeyName name={ident} />
      </h2>
      <p>
        {STATES[state]}
        {toFlairs(flairs).map((flair) => ` [${flair}]: ${meaningOf(flair)}.`)}
      </p>
      <div>
        Permissions: <PermissionList names={permissions} />
      </div>
    </>
  );
}
