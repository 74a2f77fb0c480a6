import type { KeyEntry } from '@flairgate/client';
import { useState } from 'react';
import { AuditPages } from '../audit/audit-pages.tsx';
import { toFlairs } from '../key-names/flair-meanings.ts';
import { KeyName } from '../key-names/flairs.tsx';
import { Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { Table } from '../parts/table.tsx';
import { ExactTime, Time } from '../parts/time.tsx';
import { PermissionAreas } from '../permissions/permission-areas.tsx';
import { Needs } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { Panel } from '../shell/panel.tsx';
import { addressOfKeys, addressOfSeeAs } from '../shell/route.ts';
import { KeyUsage } from '../usage/key-usage.tsx';
import { AccessSummary } from './access-summary.tsx';
import { type KeyAction, KeyDialogs, type OpenedKey } from './key-dialogs.tsx';
import { stateOf } from './key-filter.ts';
import { KeyStateBadge } from './key-state-badge.tsx';
import { rangesOf } from './ranges-field.tsx';
import { useKeys } from './use-keys.ts';

interface KeyPageProps {
  readonly keyHash: string;
  readonly onAgain: (entry: KeyEntry) => void;
}

/** Shows the page of one key: its access, its properties, and the available actions. */
export function KeyPage({ keyHash, onAgain }: KeyPageProps) {
  const keys = useKeys();
  const [opened, setOpened] = useState<OpenedKey>();
  const entry = keys.data?.[keyHash];
  const name = entry?.name;
  return (
    <Screen
      title={name ?? 'Key'}
      heading={name === undefined ? 'Key' : <KeyName name={name} />}
      about={
        <>
          Public id <code>{keyHash}</code>
        </>
      }
      back={{ address: addressOfKeys(), label: 'All keys' }}
      action={
        entry !== undefined && (
          <KeyButtons
            entry={entry}
            onOpen={(kind) => setOpened({ kind, key: { ...entry, keyHash } })}
            onAgain={() => onAgain(entry)}
          />
        )
      }
    >
      <Needs permission="apikey.ctrl" to="see and change keys">
        <Loaded query={keys}>
          {() => (entry === undefined ? <NoKey /> : <KeyDetails keyHash={keyHash} entry={entry} />)}
        </Loaded>
      </Needs>
      <KeyDialogs opened={opened} onClose={() => setOpened(undefined)} />
    </Screen>
  );
}

function NoKey() {
  return (
    <div className="notice">
      <p>There is no valid key with this id: it was revoked, or the flair [segment] of your key hides it.</p>
      <p>
        <a href={addressOfKeys('revoked')}>Revoked keys</a>
      </p>
    </div>
  );
}

interface KeyButtonsProps {
  readonly entry: KeyEntry;
  readonly onOpen: (kind: KeyAction) => void;
  readonly onAgain: () => void;
}

function KeyButtons({ entry, onOpen, onAgain }: KeyButtonsProps) {
  const isExpired = stateOf(entry, Date.now() / 1000) === 'expired';
  const buttons: readonly (readonly [label: string, onPress: () => void])[] = isExpired
    ? [['Re-create', onAgain]]
    : [
        ['Edit', () => onOpen('edit')],
        ['Rotate', () => onOpen('rotate')],
        entry.disabled ? ['Enable', () => onOpen('enable')] : ['Disable', () => onOpen('disable')],
      ];
  return (
    <>
      {buttons.map(([label, onPress]) => (
        <button key={label} type="button" className="button" onClick={onPress}>
          {label}
        </button>
      ))}
      <button type="button" className="button danger-text" onClick={() => onOpen('revoke')}>
        Revoke
      </button>
    </>
  );
}

function KeyDetails({ keyHash, entry }: { readonly keyHash: string; readonly entry: KeyEntry }) {
  const { permissions } = usePlace();
  const ranges = rangesOf(entry.allowed_ip_range);
  return (
    <>
      <Panel title="What it may do">
        <AccessSummary permissions={entry.priv} flairs={toFlairs(entry.flairs)} ranges={ranges} />
      </Panel>
      <div className="panels">
        <Panel title="About">
          <Facts keyHash={keyHash} entry={entry} ranges={ranges} />
        </Panel>
        <Panel title="Secrets">
          <Secrets entry={entry} />
        </Panel>
      </div>
      <Panel title={`Permissions (${entry.priv.length})`}>
        <PermissionAreas names={entry.priv} />
      </Panel>
      {permissions.has('audit.get') && (
        <>
          <Panel title="Usage">
            <KeyUsage keyHash={keyHash} entry={entry} />
            <p>
              <a href={addressOfSeeAs(keyHash)}>See as this key</a>
            </p>
          </Panel>
          <Panel title="Audit">
            <AuditPages filter={{ keyHash }} />
          </Panel>
        </>
      )}
    </>
  );
}

interface FactsProps {
  readonly keyHash: string;
  readonly entry: KeyEntry;
  readonly ranges: readonly string[];
}

function Facts({ keyHash, entry, ranges }: FactsProps) {
  const isOwn = usePlace().keyHash === keyHash;
  const { description, created, by, last_used: used, expires } = entry;
  return (
    <dl className="facts">
      <dt>State</dt>
      <dd>
        <KeyStateBadge entry={entry} />
        {isOwn && <span className="badge">you are signed in with it</span>}
      </dd>
      <dt>Description</dt>
      <dd>{description === null ? <span className="quiet">none</span> : <bdi>{description}</bdi>}</dd>
      <dt>Created</dt>
      <dd>
        <ExactTime at={created} /> by <bdi>{by}</bdi>
      </dd>
      <dt>Last used</dt>
      <dd>
        <Time at={used} none="never" />
      </dd>
      <dt>Expires</dt>
      <dd>{expires === null ? <span className="quiet">never</span> : <ExactTime at={expires} />}</dd>
      <dt>Addresses</dt>
      <dd>
        {ranges.length === 0 ? <span className="quiet">any</span> : ranges.map((one) => <code key={one}>{one}</code>)}
      </dd>
    </dl>
  );
}

function Secrets({ entry: { secrets } }: { readonly entry: KeyEntry }) {
  const now = Date.now() / 1000;
  return (
    <Table columns={['Created', 'Last used', 'Expires']}>
      {secrets.map(({ created, last_used: used, ends }) => (
        <tr key={`${created} ${ends}`}>
          <th scope="row" data-label="Created">
            <ExactTime at={created} />
          </th>
          <td data-label="Last used">
            <Time at={used} none="never" />
          </td>
          <td data-label="Expires">
            {ends !== null && ends <= now ? 'expired' : <Time at={ends} none="with the key" />}
          </td>
        </tr>
      ))}
    </Table>
  );
}
