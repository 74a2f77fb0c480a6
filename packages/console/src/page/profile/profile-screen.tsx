import type { FlairgateClient } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { KeyName } from '../key-names/flairs.tsx';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { PermissionTable } from '../permissions/permission-table.tsx';
import { usePlace } from '../session/place.tsx';
import { readToken } from '../session/read-token.ts';
import { Panel } from '../shell/panel.tsx';
import { addressOfKeys } from '../shell/route.ts';
import { CopiedValue } from './copied-value.tsx';
import { TokenPanel } from './token-panel.tsx';

/** Shows who the caller is: ids to copy, the token, their own keys, and their permissions in the organization. */
export function ProfileScreen() {
  const { person } = usePlace();
  return (
    <Screen title="Profile" about="Who you are to the service, and what you hold in this organization.">
      <div className="panels">
        <Panel title="You">
          <You />
        </Panel>
        <Panel title="Your token">
          <TokenPanel />
        </Panel>
      </div>
      <Panel title={person === undefined ? 'Your key' : 'Your keys'}>
        {person === undefined ? <OrganizationKey /> : <OwnKeys person={person} />}
      </Panel>
      <Panel title="Your permissions in this organization">
        <PermissionTable isOwn />
      </Panel>
    </Screen>
  );
}

function You() {
  const { oid, client, ident, isSegmented } = usePlace();
  const uid = useQuery({
    queryKey: [oid, 'token', 'uid'],
    queryFn: async ({ signal }) => {
      const found = readToken(await client.token({ signal }))?.claims.uid;
      return typeof found === 'string' ? found : '';
    },
  });
  return (
    <>
      <dl className="facts">
        <dt>Name</dt>
        <dd>
          <bdi>{ident}</bdi>
        </dd>
        {uid.data !== undefined && uid.data !== '' && <CopiedValue label="User id" value={uid.data} />}
        <CopiedValue label="Organization id" value={oid} />
      </dl>
      {uid.data === '' && <p className="quiet">You act with a key of the organization, which belongs to no user.</p>}
      {isSegmented && <p className="notice">Your key has the flair [segment]: you see only what it created.</p>}
    </>
  );
}

function OrganizationKey() {
  const { ident, keyHash } = usePlace();
  return (
    <dl className="facts">
      <dt>Name</dt>
      <dd>{keyHash === undefined ? <bdi>{ident}</bdi> : <a href={addressOfKeys(keyHash)}>{ident}</a>}</dd>
      {keyHash !== undefined && <CopiedValue label="Public id" value={keyHash} />}
    </dl>
  );
}

function OwnKeys({ person }: { readonly person: FlairgateClient }) {
  const { keyHash: used } = usePlace();
  const keys = useQuery({ queryKey: ['my-keys'], queryFn: ({ signal }) => person.userKeys.list({ signal }) });
  return (
    <>
      <Loaded query={keys}>
        {(entries) => {
          const rows = Object.entries(entries).sort(([, a], [, b]) => b.created - a.created);
          if (rows.length === 0) return <Empty>You have no key in your own name.</Empty>;
          return (
            <Table columns={['Key', 'Last used', 'Expires']}>
              {rows.map(([keyHash, { name, last_used: lastUsed, expires }]) => (
                <tr key={keyHash}>
                  <th scope="row" data-label="Key">
                    <KeyName name={name} />
                    <small>
                      <code>{keyHash}</code>
                      {keyHash === used && <span className="badge">you are signed in with it</span>}
                    </small>
                  </th>
                  <td data-label="Last used">
                    <Time at={lastUsed} none="never" />
                  </td>
                  <td data-label="Expires">
                    <Time at={expires} none="never" />
                  </td>
                </tr>
              ))}
            </Table>
          );
        }}
      </Loaded>
      <p>
        <a href="#/my-keys">Create or revoke your keys</a>
      </p>
    </>
  );
}
