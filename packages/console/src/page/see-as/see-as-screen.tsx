import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useKeyNames } from '../audit/use-key-names.ts';
import { Problem, Waiting } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { SelectField, TextField } from '../parts/text-field.tsx';
import { Needs } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { useRoute } from '../shell/route.ts';
import { Explanation } from './explanation.tsx';
import { SeenResources } from './seen-resources.tsx';

/**
 * Shows the screen "See as". For a key or user, it explains which resources the key sees, which have blank content, and
 * which are locked, each with the reason.
 */
export function SeeAsScreen() {
  const { page } = useRoute();
  return (
    <Screen
      title="See as"
      about="What one key sees, what is blank to it, and what it may not change, and why: read from the database as it is now, and recorded in the audit."
    >
      <Needs permission="audit.get" to="see what a key sees" hides="keys and resources">
        <SeeAs key={page} first={page ?? ''} />
      </Needs>
    </Screen>
  );
}

/** A request for an explanation: the key or user whose access is explained, and the resources. */
interface ExplanationQuery {
  readonly subject: { readonly keyHash: string } | { readonly uid: string };
  readonly type: string;
  /** Id of the resource. Empty for all resources of the type. */
  readonly id: string;
}

function SeeAs({ first }: { readonly first: string }) {
  const { oid, client } = usePlace();
  const names = useKeyNames();
  const [chosen, setChosen] = useState(first);
  const [typed, setTyped] = useState(first);
  const [type, setType] = useState('');
  const [id, setId] = useState('');
  // The user types the id of a key that is not in the list, for example a revoked key.
  const isListed = chosen !== '' && names.has(chosen);
  const explain = useMutation({
    async mutationFn(asked: ExplanationQuery) {
      const { subject, ...resource } = asked;
      if (asked.id !== '') return { asked, one: await client.explain(oid, { ...subject, ...resource }) };
      return { asked, first: await client.explainAll(oid, { ...subject, type: asked.type, limit: PAGE }) };
    },
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    explain.mutate({ subject: subjectOf((isListed ? chosen : typed).trim()), type: type.trim(), id });
  }
  return (
    <>
      <form className="filters" onSubmit={submit} aria-label="Key and resource">
        {names.size > 0 && (
          <SelectField
            label="Key"
            value={isListed ? chosen : ''}
            onChange={setChosen}
            options={[['', 'Another, by its id'], ...names]}
          />
        )}
        {!isListed && (
          <TextField label="Public id of a key, or id of a user" value={typed} onChange={setTyped} required mono />
        )}
        <TextField label="Type of the resource" value={type} onChange={setType} required mono />
        <TextField label="Id, or empty for all of the type" value={id} onChange={setId} mono />
        <div className="buttons start">
          <button type="submit" className="button primary" disabled={explain.isPending}>
            Explain
          </button>
        </div>
      </form>
      {explain.error !== null && <Problem error={explain.error} />}
      {explain.isPending && <Waiting />}
      {explain.data !== undefined && !explain.isPending && <Explained key={explain.submittedAt} {...explain.data} />}
    </>
  );
}

/** Number of resources per page. */
const PAGE = 50;

type ExplainedProps = { readonly asked: ExplanationQuery } & (
  | { readonly one: Parameters<typeof Explanation>[0]['answer'] }
  | { readonly first: Parameters<typeof SeenResources>[0]['first'] }
);

function Explained(props: ExplainedProps) {
  if ('one' in props) return <Explanation answer={props.one} />;
  const { subject, type } = props.asked;
  return <SeenResources query={{ ...subject, type, limit: PAGE }} first={props.first} />;
}

function subjectOf(key: string): ExplanationQuery['subject'] {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key) ? { uid: key } : { keyHash: key };
}
