import { Dialog } from '@base-ui/react/dialog';
import type { AuditEntry, FlairgateClient } from '@flairgate/client';
import { useQuery } from '@tanstack/react-query';
import { AuditTable } from '../audit/audit-table.tsx';
import { Loaded } from '../parts/problem.tsx';
import type { GroupDialogProps } from './group-dialog-props.ts';

const MAX_SHOWN = 50;

/** Shows the latest changes to a group. */
export function GroupLog({ person, group: { gid, name }, onClose }: GroupDialogProps) {
  const log = useQuery({
    queryKey: ['groups', gid, 'log'],
    queryFn: ({ signal }) => newest(person, gid, signal),
  });
  return (
    <Dialog.Root open onOpenChange={(open) => open || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Viewport className="dialog-viewport">
          <Dialog.Popup className="dialog">
            <Dialog.Title className="dialog-title">History of {name}</Dialog.Title>
            <Loaded query={log}>{(events) => <AuditTable events={events} />}</Loaded>
            <footer className="buttons">
              <Dialog.Close className="button">Close</Dialog.Close>
            </footer>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

async function newest(person: FlairgateClient, gid: string, signal: AbortSignal): Promise<readonly AuditEntry[]> {
  const events: AuditEntry[] = [];
  for await (const event of person.groups.log(gid, { signal })) {
    events.push(event);
    if (events.length === MAX_SHOWN) break;
  }
  return events;
}
