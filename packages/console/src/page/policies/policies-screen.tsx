import type { PolicyAnswer } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Empty, Loaded } from '../parts/problem.tsx';
import { Screen } from '../parts/screen.tsx';
import { useCommand } from '../parts/use-command.ts';
import { Needs, NeedsToAct } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { PolicyDialog } from './policy-dialog.tsx';

type OpenedPolicyDialog =
  | { readonly kind: 'new' }
  | { readonly kind: 'edit' | 'delete'; readonly policy: PolicyAnswer };

/** Shows the policies. A policy allows groups certain actions on certain types of objects. */
export function PoliciesScreen() {
  const { oid, client } = usePlace();
  const [opened, setOpened] = useState<OpenedPolicyDialog>();
  const close = () => setOpened(undefined);
  const policies = useQuery({
    queryKey: [oid, 'policies'],
    queryFn: ({ signal }) => client.policies.list(oid, { signal }),
  });
  return (
    <Screen
      title="Policies"
      about="What the groups of API users may do with objects, by type. A change counts at the next request."
      action={
        <NeedsToAct permission="user.ctrl">
          <button type="button" className="button primary" onClick={() => setOpened({ kind: 'new' })}>
            New policy
          </button>
        </NeedsToAct>
      }
    >
      <Needs permission="user.ctrl" to="see and change policies" hides="every policy">
        <Loaded query={policies}>
          {(entries) => <Policies policies={entries} onOpen={(kind, policy) => setOpened({ kind, policy })} />}
        </Loaded>
      </Needs>
      {opened?.kind === 'new' && <PolicyDialog onClose={close} />}
      {opened?.kind === 'edit' && <PolicyDialog policy={opened.policy} onClose={close} />}
      {opened?.kind === 'delete' && <DeleteDialog policy={opened.policy} onClose={close} />}
    </Screen>
  );
}

interface PoliciesProps {
  readonly policies: readonly PolicyAnswer[];
  readonly onOpen: (kind: 'edit' | 'delete', policy: PolicyAnswer) => void;
}

function Policies({ policies, onOpen }: PoliciesProps) {
  if (policies.length === 0) return <Empty>There is no policy yet.</Empty>;
  return (
    <ul className="rows cards">
      {policies.map((policy) => (
        <li key={policy.name} className="row">
          <div>
            <strong>
              <bdi>{policy.name}</bdi>
            </strong>
            <small>{summary(policy)}</small>
          </div>
          <div className="row-actions">
            <button
              type="button"
              className="button small"
              aria-label={`Edit ${policy.name}`}
              onClick={() => onOpen('edit', policy)}
            >
              Edit
            </button>
            <button
              type="button"
              className="button small danger-text"
              aria-label={`Delete ${policy.name}`}
              onClick={() => onOpen('delete', policy)}
            >
              Delete
            </button>
          </div>
        </li>
      ))}
    </ul>
  );
}

function summary({ grants, etag }: PolicyAnswer): string {
  const groups = Object.values(grants);
  const types = new Set(groups.flatMap((ofGroup) => Object.keys(ofGroup)));
  return `${counted(groups.length, 'group')}, ${counted(types.size, 'object type')}, version ${etag}`;
}

function DeleteDialog({
  policy: { name, etag },
  onClose,
}: {
  readonly policy: PolicyAnswer;
  readonly onClose: () => void;
}) {
  const { oid, client } = usePlace();
  const end = useCommand({
    run: () => client.policies.delete(oid, name, { etag }),
    changes: [[oid, 'policies']],
    said: `Deleted ${name}`,
    done: onClose,
  });
  return (
    <ConfirmDialog title={`Delete ${name}?`} confirm="Delete" command={end} onClose={onClose}>
      Its groups lose what it granted, at the next request.
    </ConfirmDialog>
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
