import type { ExplainAllAnswer, ExplainAllQuery, ExplainedAction, ExplainedResource } from '@flairgate/client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Empty, Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { SelectField } from '../parts/text-field.tsx';
import { usePlace } from '../session/place.tsx';
import { KeySummary } from './explained-key.tsx';

const KINDS = [
  ['', 'All resources'],
  ['seen', 'What it sees'],
  ['hidden', 'What it does not see'],
  ['blank', 'What is blank to it'],
  ['locked', 'What it may not change'],
] as const;

interface SeenResourcesProps {
  readonly query: ExplainAllQuery;
  readonly first: ExplainAllAnswer;
}

/**
 * Shows, for all resources of a type, what a key sees of each. Further pages are loaded when the user asks for them.
 */
export function SeenResources({ query, first }: SeenResourcesProps) {
  const { oid, client } = usePlace();
  const [pages, setPages] = useState<readonly ExplainAllAnswer[]>([first]);
  const [kind, setKind] = useState('');
  const cursor = pages.at(-1)?.next_cursor;
  // A mutation, not a query. The audit records each read of a page, so a page must not be read again automatically.
  const more = useMutation({
    mutationFn: (after: string) => client.explainAll(oid, { ...query, cursor: after }),
    onSuccess: (page) => setPages((before) => [...before, page]),
  });
  const resources = pages.flatMap((page) => page.resources);
  const shown = resources.filter((resource) => isOfKind(resource, kind));
  return (
    <section className="card" aria-label="Explanation">
      <KeySummary of={first.key} />
      {resources.length === 0 ? (
        <Empty>
          No resource of this type has an owner. Resources without one are seen by all keys but those with [segment].
        </Empty>
      ) : (
        <>
          <div className="filters">
            <SelectField label="Show" value={kind} onChange={setKind} options={KINDS} />
          </div>
          <p className="quiet" role="status">
            {shown.length} of {resources.length}
            {cursor === undefined ? '' : ' that are loaded'}
          </p>
          {shown.length === 0 ? <Empty>Nothing fits.</Empty> : <ResourceTable resources={shown} />}
        </>
      )}
      {more.error !== null && <Problem error={more.error} />}
      {cursor !== undefined && (
        <button type="button" className="button wide" disabled={more.isPending} onClick={() => more.mutate(cursor)}>
          {more.isPending ? 'Loading' : 'Show more'}
        </button>
      )}
    </section>
  );
}

function decisionOf({ decisions }: ExplainedResource, action: ExplainedAction['action']): ExplainedAction | undefined {
  return decisions.find((decision) => decision.action === action);
}

function may(resource: ExplainedResource, action: ExplainedAction['action']): boolean {
  return decisionOf(resource, action)?.allowed === true;
}

function isOfKind(resource: ExplainedResource, kind: string): boolean {
  const isSeen = may(resource, 'know');
  if (kind === 'seen') return isSeen;
  if (kind === 'hidden') return !isSeen;
  if (kind === 'blank') return isSeen && !may(resource, 'read');
  return kind !== 'locked' || (isSeen && !may(resource, 'update'));
}

function ResourceTable({ resources }: { readonly resources: readonly ExplainedResource[] }) {
  return (
    <Table columns={['Resource', 'Sees it', 'Content', 'Changes it', 'Created by', 'Why']}>
      {resources.map((resource) => (
        <ResourceRow key={resource.id} resource={resource} />
      ))}
    </Table>
  );
}

function ResourceRow({ resource }: { readonly resource: ExplainedResource }) {
  const { id, createdBy, lockedBy, decisions } = resource;
  const isSeen = may(resource, 'know');
  const reasons = new Set(decisions.filter(({ allowed }) => !allowed).map(({ because }) => because));
  return (
    <tr>
      <th scope="row" data-label="Resource">
        <code>{id}</code>
      </th>
      <td data-label="Sees it">
        <Mark isOn={isSeen} on="yes" off="no" />
      </td>
      <td data-label="Content">{isSeen ? <Mark isOn={may(resource, 'read')} on="shown" off="blank" /> : '-'}</td>
      <td data-label="Changes it">{isSeen ? <Mark isOn={may(resource, 'update')} on="yes" off="no" /> : '-'}</td>
      <td data-label="Created by">
        <Holder of={createdBy} />
      </td>
      <td data-label="Why">
        <div>
          {[...reasons].map((reason) => (
            <small key={reason}>{reason}</small>
          ))}
          {lockedBy !== null && (
            <small>
              locked by <Holder of={lockedBy} />
            </small>
          )}
          {reasons.size === 0 && lockedBy === null && <span className="quiet">nothing is kept from it</span>}
        </div>
      </td>
    </tr>
  );
}

function Mark({ isOn, on, off }: { readonly isOn: boolean; readonly on: string; readonly off: string }) {
  return <span className={isOn ? 'state on' : 'state off'}>{isOn ? on : off}</span>;
}

function Holder({ of }: { readonly of: ExplainedResource['createdBy'] }) {
  if (of === null) return <span className="quiet">nobody</span>;
  return of.name === null ? <code>{of.identity}</code> : <bdi>{of.name}</bdi>;
}
