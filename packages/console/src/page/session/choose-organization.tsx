import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { InvitationList, useInvitations } from '../invitations/invitations.tsx';
import { Mark } from '../parts/mark.tsx';
import { Pages } from '../parts/pages.tsx';
import { Empty, Problem, Waiting } from '../parts/problem.tsx';
import { TextField } from '../parts/text-field.tsx';
import type { Session } from './session.ts';

const ORGANIZATIONS_PER_PAGE = 20;

interface ChooseOrganizationProps {
  readonly session: Session;
  readonly onChoose: (oid: string) => void;
  readonly onSignOut: () => void;
}

/**
 * Shows the user's organizations, from which the user chooses one. Reading the list needs only a token that is valid in
 * no organization.
 */
export function ChooseOrganization({ session, onChoose, onSignOut }: ChooseOrganizationProps) {
  const [filter, setFilter] = useState('');
  const [offset, setOffset] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const listed = useQuery({
    queryKey: ['organizations', filter, offset],
    queryFn: ({ signal }) =>
      session
        .client('-')
        .organizations.list({ filter, offset, limit: ORGANIZATIONS_PER_PAGE, sortBy: 'name' }, { signal }),
    placeholderData: keepPreviousData,
  });
  const total = listed.data?.total ?? 0;
  return (
    <main className="alone">
      <section className="card choose" aria-labelledby="choose">
        <header>
          <Mark />
          <h1 ref={heading} id="choose" tabIndex={-1}>
            Choose an organization
          </h1>
        </header>
        <TextField
          label="Find by name"
          value={filter}
          onChange={(text) => {
            setFilter(text);
            setOffset(0);
          }}
          type="search"
        />
        {listed.error !== null && <Problem error={listed.error} onRetry={() => void listed.refetch()} />}
        {listed.isPending && <Waiting />}
        {listed.data !== undefined && total === 0 && <Empty>None of your organizations matches.</Empty>}
        <ul className="rows" aria-label="Organizations">
          {listed.data?.orgs.map(({ oid, name }) => (
            <li key={oid}>
              <button type="button" className="row-button" onClick={() => onChoose(oid)}>
                <strong>
                  <bdi>{name}</bdi>
                </strong>
                <code>{oid}</code>
              </button>
            </li>
          ))}
        </ul>
        {total > ORGANIZATIONS_PER_PAGE && (
          <Pages offset={offset} size={ORGANIZATIONS_PER_PAGE} total={total} onTurn={setOffset} />
        )}
        <Invitations session={session} />
        <NewOrganization session={session} onMade={onChoose} />
        <button type="button" className="button" onClick={onSignOut}>
          Sign out
        </button>
      </section>
    </main>
  );
}

/** Shows the user's invitations that are neither accepted nor declined. Shows nothing if there are none. */
function Invitations({ session }: { readonly session: Session }) {
  const client = session.client('-');
  const invitations = useInvitations(client);
  if (invitations.error !== null) return <Problem error={invitations.error} />;
  if (invitations.data === undefined || invitations.data.length === 0) return null;
  return (
    <section className="form" aria-labelledby="invitations">
      <h2 id="invitations">Invitations</h2>
      <InvitationList client={client} invitations={invitations.data} onAccepted={() => session.client().renewToken()} />
    </section>
  );
}

function NewOrganization({ session, onMade }: { readonly session: Session; readonly onMade: (oid: string) => void }) {
  const [name, setName] = useState('');
  const make = useMutation({
    mutationFn: () => session.client().organizations.create({ name }),
    onSuccess: onMade,
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    make.mutate();
  }
  return (
    <details className="more">
      <summary>Create an organization</summary>
      <form className="inline-form" onSubmit={submit}>
        <TextField label="Name" value={name} onChange={setName} required />
        <button type="submit" className="button primary" disabled={make.isPending}>
          Create
        </button>
      </form>
      {make.error !== null && <Problem error={make.error} />}
    </details>
  );
}
