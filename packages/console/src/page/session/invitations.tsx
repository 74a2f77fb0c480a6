import type { FlairgateClient, InvitationEntry } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { ExactTime } from '../parts/time.tsx';
import { useCommand } from '../parts/use-command.ts';
import type { Session } from './session.ts';

const MAX_INVITATIONS = 100;

const CHANGED_QUERIES = [['invitations'], ['organizations']] as const;

/** Shows the open offers of the signed-in user, each to accept or decline. Empty if there is none. */
export function Invitations({ session }: { readonly session: Session }) {
  const client = session.client('-');
  const listed = useQuery({
    queryKey: ['invitations'],
    queryFn: ({ signal }) => newest(client, signal),
  });
  if (listed.error !== null) return <Problem error={listed.error} />;
  if (listed.data === undefined || listed.data.length === 0) return null;
  return (
    <section className="form" aria-labelledby="invitations">
      <h2 id="invitations">Invitations</h2>
      <ul className="rows" aria-label="Invitations">
        {listed.data.map((invitation) => (
          <Invitation key={invitation.oid} session={session} invitation={invitation} />
        ))}
      </ul>
    </section>
  );
}

interface InvitationProps {
  readonly session: Session;
  readonly invitation: InvitationEntry;
}

function Invitation({ session, invitation: { oid, name, role, ends } }: InvitationProps) {
  const [isDeclining, setDeclining] = useState(false);
  const client = session.client('-');
  const accept = useCommand({
    run: () => client.invitations.accept(oid),
    changes: CHANGED_QUERIES,
    said: `Accepted ${name}`,
    // Its token is older than the acceptance.
    done: () => session.client().renewToken(),
  });
  const decline = useCommand({
    run: () => client.invitations.decline(oid),
    changes: CHANGED_QUERIES,
    said: `Declined ${name}`,
    done: () => setDeclining(false),
  });
  return (
    <li>
      <div className="row">
        <div>
          <strong>{name}</strong>
          <code>{oid}</code>
          <small className="quiet">
            {role === null ? 'Permissions of groups' : `Membership as ${role}`}, open until <ExactTime at={ends} />
          </small>
        </div>
        <div className="row-actions">
          <button
            type="button"
            className="button small"
            aria-label={`Accept ${name}`}
            disabled={accept.isPending}
            onClick={() => accept.mutate(undefined)}
          >
            Accept
          </button>
          <button
            type="button"
            className="button small danger-text"
            aria-label={`Decline ${name}`}
            onClick={() => setDeclining(true)}
          >
            Decline
          </button>
        </div>
      </div>
      {accept.error !== null && <Problem error={accept.error} />}
      {isDeclining && (
        <ConfirmDialog
          title={`Decline ${name}?`}
          confirm="Decline"
          command={decline}
          onClose={() => setDeclining(false)}
        >
          The organization can invite you again after 30 days.
        </ConfirmDialog>
      )}
    </li>
  );
}

async function newest(client: FlairgateClient, signal: AbortSignal): Promise<readonly InvitationEntry[]> {
  const invitations: InvitationEntry[] = [];
  for await (const invitation of client.invitations.list({ signal })) {
    invitations.push(invitation);
    if (invitations.length === MAX_INVITATIONS) break;
  }
  return invitations;
}
