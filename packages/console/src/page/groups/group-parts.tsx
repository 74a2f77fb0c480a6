import type { FlairgateClient, GroupAnswer, GroupEntry } from '@flairgate/client';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePlace } from '../session/place.tsx';

interface GroupPartsProps {
  readonly person: FlairgateClient;
  readonly group: GroupAnswer;
  readonly all: readonly GroupEntry[];
}

/**
 * Shows the parts of a group: its members, its owners, the groups nested in it, and the organizations it is attached
 * to.
 */
export function GroupParts({ person, group, all }: GroupPartsProps) {
  const { oid } = usePlace();
  const { gid, members, owners, groups, orgs } = group;
  const nameOf = (id: string) => all.find((one) => one.gid === id)?.name ?? id;
  const outside = all.filter((one) => one.gid !== gid && !groups.includes(one.gid));
  const isHere = orgs.some(({ org_id: id }) => id === oid);
  const { groups: commands } = person;
  return (
    <>
      <Part
        gid={gid}
        title="Members"
        items={(members ?? []).map((email) => [email, email])}
        none={members === undefined ? 'Only owners of the group see them.' : 'The group has no members.'}
        onRemove={(email) => commands.removeMember(gid, email)}
        adding={{ label: 'E-mail address, or uid of an API user', onAdd: (email) => commands.addMember(gid, email) }}
      />
      <Part
        gid={gid}
        title="Owners"
        items={owners.map((email) => [email, email])}
        none="The group has no owner."
        onRemove={(email) => commands.removeOwner(gid, email)}
        adding={{ label: 'E-mail address', onAdd: (email) => commands.addOwner(gid, email) }}
      />
      <Part
        gid={gid}
        title="Groups inside"
        items={groups.map((id) => [id, nameOf(id)])}
        none="No group is nested in it."
        onRemove={(id) => commands.unnest(gid, id)}
        adding={{ label: 'A group', options: outside, onAdd: (id) => commands.nest(gid, id) }}
      />
      <Part
        gid={gid}
        title="Attached to"
        items={orgs.map(({ org_id: id, org_name: name }) => [id, name])}
        none="It is attached to no organization yet."
        onRemove={(id) => commands.detach(gid, id)}
        {...(isHere ? {} : { attach: () => commands.attach(gid, oid) })}
      />
    </>
  );
}

interface Adding {
  readonly label: string;
  /** Groups to choose from. If absent, the user types the value. */
  readonly options?: readonly GroupEntry[];
  readonly onAdd: (value: string) => Promise<unknown>;
}

/** A change to the group, and the announcement that is shown after the change. */
interface Change {
  readonly command: () => Promise<unknown>;
  readonly said: string;
}

interface PartProps {
  readonly gid: string;
  readonly title: string;
  readonly items: readonly (readonly [id: string, name: string])[];
  readonly none: string;
  readonly onRemove: (id: string) => Promise<unknown>;
  readonly adding?: Adding;
  /** Attaches the group to the current organization. Absent if the group is already attached to it. */
  readonly attach?: () => Promise<unknown>;
}

function Part({ gid, title, items, none, onRemove, adding, attach }: PartProps) {
  const { oid } = usePlace();
  const [leaving, setLeaving] = useState<readonly [id: string, name: string]>();
  const change = useCommand({
    run: ({ command }: Change) => command(),
    said: ({ said }) => said,
    changes: [
      ['groups', gid],
      [oid, 'api-users'],
      [oid, 'users'],
    ],
  });
  const remove = useCommand({
    run: () => onRemove(leaving?.[0] ?? ''),
    said: `${leaving?.[1] ?? ''} is no longer in: ${title}`,
    changes: [
      ['groups', gid],
      [oid, 'api-users'],
      [oid, 'users'],
    ],
    done: () => setLeaving(undefined),
  });
  return (
    <section className="part" aria-label={title}>
      <h2>{title}</h2>
      {items.length === 0 && <p className="quiet">{none}</p>}
      <ul className="chips">
        {items.map(([id, name]) => (
          <Chip key={id} name={name} onRemove={() => setLeaving([id, name])} />
        ))}
      </ul>
      {adding !== undefined && (
        <AddForm
          adding={adding}
          busy={change.isPending}
          onAdd={(value) =>
            change.mutate({ command: () => adding.onAdd(value), said: `${value} was added to: ${title}` })
          }
        />
      )}
      {attach !== undefined && (
        <button
          type="button"
          className="button small"
          onClick={() => change.mutate({ command: attach, said: 'The organization is attached' })}
        >
          Attach this organization
        </button>
      )}
      {change.error !== null && <Problem error={change.error} />}
      {leaving !== undefined && (
        <ConfirmDialog
          title={`Remove ${leaving[1]}?`}
          confirm="Remove"
          command={remove}
          onClose={() => setLeaving(undefined)}
        >
          What the group gives through it ends immediately.
        </ConfirmDialog>
      )}
    </section>
  );
}

function Chip({ name, onRemove }: { readonly name: string; readonly onRemove: () => void }) {
  return (
    <li className="chip">
      <bdi>{name}</bdi>
      <button type="button" className="icon-button" aria-label={`Remove ${name}`} onClick={onRemove}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="m4 4 8 8M12 4l-8 8" />
        </svg>
      </button>
    </li>
  );
}

interface AddFormProps {
  readonly adding: Adding;
  readonly busy: boolean;
  readonly onAdd: (value: string) => void;
}

function AddForm({ adding: { label, options }, busy, onAdd }: AddFormProps) {
  const [value, setValue] = useState('');
  const id = useId();
  if (options?.length === 0) return null;
  function submit(event: FormEvent) {
    event.preventDefault();
    if (value.trim() !== '') onAdd(value.trim());
    setValue('');
  }
  const props = { id, className: 'input', value, required: true };
  const input: ReactNode =
    options === undefined ? (
      <input {...props} autoComplete="off" onChange={(event) => setValue(event.target.value)} placeholder={label} />
    ) : (
      <select {...props} onChange={(event) => setValue(event.target.value)}>
        <option value="">{label}</option>
        {options.map(({ gid, name }) => (
          <option key={gid} value={gid}>
            {name}
          </option>
        ))}
      </select>
    );
  return (
    <form className="add" onSubmit={submit}>
      <label className="visually-hidden" htmlFor={id}>
        {label}
      </label>
      {input}
      <button type="submit" className="button small" disabled={busy}>
        Add
      </button>
    </form>
  );
}
