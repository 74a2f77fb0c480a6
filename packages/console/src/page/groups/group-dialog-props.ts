import type { FlairgateClient, GroupAnswer } from '@flairgate/client';

/** Properties of the dialogs about one group. */
export interface GroupDialogProps {
  readonly person: FlairgateClient;
  readonly group: GroupAnswer;
  readonly onClose: () => void;
}
