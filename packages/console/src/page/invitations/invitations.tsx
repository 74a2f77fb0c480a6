import type { FlairgateClient, InvitationEntry } from '@flairgate/client';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { ExactTime } from '../parts/time.tsx';
import { useCommand } from '../parts/use-command.ts';

const MAX_INVITATIONS = 100;

const CHANGED_QUERIES = [['invitations'], ['organizations']] as const;

/** Reads the invitations that the signed-in user has neither accepted nor declined. */
export function useInvitations(client: FlairgateClient): UseQueryResult<readonly InvitationEntry[]> {
  return useQuery({ queryKey: ['invitations'], queryFn: ({ signal }) => newest(client, signal) });
}

interface InvitationListProps {
  readonly client: FlairgateClient;
  readonly invitations: readonly InvitationEntry[];
  /**
   * Called after the user accepts an invitation. The user then needs new tokens, because the current tokens do not
   * include the new organization.
   */
  readonly onAccepted: () => void;
}

/** Shows invitations from organizations. The user can accept or decline each invitation. */
export function InvitationList({ client, invitations, onAccepted }: InvitationListProps) {
  return (
    <ul className="rows" aria-label="Invitations">
      {invitations.map((invitation) => (
        <Invitation key={invitation.oid} client={client} invitation={invitation} onAccepted={onAccepted} />
      ))}
    </ul>
  );
}

interface InvitationProps extends Omit<InvitationListProps, 'invitations'> {
  readonly invitation: InvitationEntry;
}

function Invitation({ client, onAccepted, invitation: { oid, name, role, ends } }: InvitationProps) {
  const [isDeclining, setDeclining] = useState(false);
  const accept = useCommand({
    run: () => client.invitations.accept(oid),
    changes: CHANGED_QUERIES,
    said: `Accepted ${name}`,
    done: onAccepted,
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
          <strong>
            <bdi>{name}</bdi>
          </strong>
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
