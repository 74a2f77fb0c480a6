import type { FlairgateClient } from '@flairgate/client';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { NeedsUser } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { InvitationList, useInvitations } from './invitations.tsx';

/** Shows the organizations that have invited the signed-in user. */
export function InvitationsScreen() {
  const { person } = usePlace();
  return (
    <Screen
      title="Invitations"
      about="Organizations that invited you. An invitation gives nothing, and shows them nothing, until you accept it."
    >
      <NeedsUser to="have invitations">{person !== undefined && <OwnInvitations person={person} />}</NeedsUser>
    </Screen>
  );
}

function OwnInvitations({ person }: { readonly person: FlairgateClient }) {
  const invitations = useInvitations(person);
  return (
    <Loaded query={invitations}>
      {(found) =>
        found.length === 0 ? (
          <Empty>No organization has invited you.</Empty>
        ) : (
          <InvitationList client={person} invitations={found} onAccepted={person.renewToken} />
        )
      }
    </Loaded>
  );
}
