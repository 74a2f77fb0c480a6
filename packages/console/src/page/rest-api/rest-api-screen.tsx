import { useQuery } from '@tanstack/react-query';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { PermissionTable } from '../permissions/permission-table.tsx';
import { CopiedValue } from '../profile/copied-value.tsx';
import { Needs } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { serviceUrl } from '../session/session.ts';
import { Panel } from '../shell/panel.tsx';
import { Federations } from './federations.tsx';
import { TokenInspector } from './token-inspector.tsx';

/** Shows what a program needs to call the service: addresses, ids, permissions, ingestion keys, federations, tokens. */
export function RestApiScreen() {
  return (
    <Screen
      title="REST API"
      about="What a program needs to call the service for this organization, and every permission there is."
    >
      <Panel title="Addresses and ids">
        <Addresses />
      </Panel>
      <Panel title="Permissions">
        <PermissionTable />
      </Panel>
      <div className="panels">
        <Panel title="Ingestion keys">
          <IngestionKeyNames />
        </Panel>
        <Panel title="Token inspector">
          <TokenInspector />
        </Panel>
      </div>
      <Panel title="Federations">
        <Federations />
      </Panel>
    </Screen>
  );
}

function Addresses() {
  const { oid } = usePlace();
  return (
    <>
      <dl className="facts">
        <CopiedValue label="Service" value={serviceUrl} />
        <CopiedValue label="Organization id" value={oid} />
        <CopiedValue label="Token exchange" value={`${serviceUrl}jwt`} />
        <dt>Reference</dt>
        <dd>
          <a href={`${serviceUrl}docs`}>Every route, to read and try</a>
        </dd>
      </dl>
      <div className="trial">
        <p className="label">Exchange a key in FLAIRGATE_KEY for a token, and call with it</p>
        <pre>
          <code>
            {`curl -d oid=${oid} -d "secret=$FLAIRGATE_KEY" ${serviceUrl}jwt\ncurl -H "Authorization: Bearer $TOKEN" ${serviceUrl}v1/who`}
          </code>
        </pre>
      </div>
    </>
  );
}

function IngestionKeyNames() {
  const { oid, client, permissions } = usePlace();
  const keys = useQuery({
    queryKey: [oid, 'ingestion-keys'],
    queryFn: ({ signal }) => client.ingestionKeys.list(oid, { signal }),
    enabled: permissions.has('ingestkey.ctrl'),
  });
  return (
    <Needs permission="ingestkey.ctrl" to="see ingestion keys" hides="ingestion keys">
      <Loaded query={keys}>
        {(entries) => {
          const names = Object.entries(entries).sort(([a], [b]) => a.localeCompare(b));
          if (names.length === 0) return <Empty>There is no ingestion key yet.</Empty>;
          return (
            <dl className="facts">
              {names.slice(0, MAX_NAMES).map(([name, masked]) => (
                <div key={name} className="fact">
                  <dt>
                    <bdi>{name}</bdi>
                  </dt>
                  <dd>
                    <code>{masked}</code>
                  </dd>
                </div>
              ))}
            </dl>
          );
        }}
      </Loaded>
      <p>
        <a href="#/ingestion-keys">Create or revoke ingestion keys</a>
      </p>
    </Needs>
  );
}

/** Maximum number of ingestion keys shown here. The screen for ingestion keys shows all of them. */
const MAX_NAMES = 10;
