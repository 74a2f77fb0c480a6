import { useQuery } from '@tanstack/react-query';
import { type ComponentType, useEffect, useRef } from 'react';
import { ApiUsersScreen } from '../api-users/api-users-screen.tsx';
import { AuditScreen } from '../audit/audit-screen.tsx';
import { GroupsScreen } from '../groups/groups-screen.tsx';
import { IngestionKeysScreen } from '../ingestion-keys/ingestion-keys-screen.tsx';
import { InvitationsScreen } from '../invitations/invitations-screen.tsx';
import { KeysScreen } from '../keys/keys-screen.tsx';
import { MyKeysScreen } from '../my-keys/my-keys-screen.tsx';
import { ErrorBoundary } from '../parts/error-boundary.tsx';
import { Mark } from '../parts/mark.tsx';
import { Offline } from '../parts/offline.tsx';
import { PoliciesScreen } from '../policies/policies-screen.tsx';
import { ProfileScreen } from '../profile/profile-screen.tsx';
import { RestApiScreen } from '../rest-api/rest-api-screen.tsx';
import { SeeAsScreen } from '../see-as/see-as-screen.tsx';
import { usePlace } from '../session/place.tsx';
import { UsageScreen } from '../usage/usage-screen.tsx';
import { UsersScreen } from '../users/users-screen.tsx';
import { SCREENS, type ScreenName, useRoute } from './route.ts';

const MENU: Readonly<Record<ScreenName, { readonly label: string; readonly Screen: ComponentType }>> = {
  keys: { label: 'Keys', Screen: KeysScreen },
  'my-keys': { label: 'My keys', Screen: MyKeysScreen },
  'ingestion-keys': { label: 'Ingestion keys', Screen: IngestionKeysScreen },
  users: { label: 'Users', Screen: UsersScreen },
  groups: { label: 'Groups', Screen: GroupsScreen },
  'api-users': { label: 'API users', Screen: ApiUsersScreen },
  policies: { label: 'Policies', Screen: PoliciesScreen },
  invitations: { label: 'Invitations', Screen: InvitationsScreen },
  audit: { label: 'Audit', Screen: AuditScreen },
  usage: { label: 'Usage', Screen: UsageScreen },
  'see-as': { label: 'See as', Screen: SeeAsScreen },
  'rest-api': { label: 'REST API', Screen: RestApiScreen },
  profile: { label: 'Profile', Screen: ProfileScreen },
};

interface ShellProps {
  readonly onSignOut: () => void;
  /** Returns to the choice of organizations. Absent if the caller signed in with an organization key. */
  readonly onLeave?: () => void;
}

/** Shows a screen inside its frame: the caller, the organization and the menu. */
export function Shell({ onSignOut, onLeave }: ShellProps) {
  const { screen, page } = useRoute();
  const main = useRef<HTMLElement>(null);
  const { Screen } = MENU[screen];
  // biome-ignore lint/correctness/useExhaustiveDependencies: must also run when the page within a screen changes.
  useEffect(() => {
    // Moves the focus, so that keyboard and screen reader users continue in the new screen, from its top.
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [screen, page]);
  return (
    <div className="shell">
      <header className="bar">
        <button type="button" className="skip button" onClick={() => main.current?.focus()}>
          Skip to content
        </button>
        <Mark />
        <Here />
        {onLeave !== undefined && (
          <button type="button" className="button" onClick={onLeave}>
            Switch organization
          </button>
        )}
        <button type="button" className="button" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      <Offline />
      <nav className="menu" aria-label="Screens">
        {SCREENS.map((name) => (
          <a key={name} href={`#/${name}`} aria-current={name === screen ? 'page' : undefined}>
            {MENU[name].label}
          </a>
        ))}
      </nav>
      <main ref={main} tabIndex={-1} className="main">
        <ErrorBoundary key={screen}>
          <Screen />
        </ErrorBoundary>
      </main>
    </div>
  );
}

function Here() {
  const { oid, client, ident, permissions } = usePlace();
  const organization = useQuery({
    queryKey: [oid, 'organization'],
    queryFn: ({ signal }) => client.organizations.read(oid, { signal }),
    enabled: permissions.has('org.get'),
  });
  return (
    <div className="here">
      <strong>{organization.data?.name ?? 'Organization'}</strong>
      <span className="quiet">
        <code title="Organization id">{oid}</code>
        <span className="as"> as {ident}</span>
      </span>
    </div>
  );
}
