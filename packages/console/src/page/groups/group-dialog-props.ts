import type { FlairgateClient, GroupAnswer } from '@flairgate/client';

/** Properties of dialogs about one group. */
export interface GroupDialogProps {
  readonly person: FlairgateClient;
  readonly group: GroupAnswer;
  readonly onClose: () => void;
}
