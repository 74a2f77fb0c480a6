import { Toast } from '@base-ui/react/toast';
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { flushSync } from 'react-dom';
import { holdPage } from './use-stay.ts';

/** Options of {@link useCommand}. */
interface CommandState<I, O> {
  readonly run: (input: I) => Promise<O>;
  /** Prefixes of query keys. Queries with these prefixes are read again after the command. */
  readonly changes: readonly (readonly unknown[])[];
  /** Announcement to show after the command has succeeded. */
  readonly said?: string | ((input: I) => string);
  readonly done?: (output: O) => void;
  /**
   * True if only the command's response shows a new secret. The user cannot leave the page until the response arrives.
   */
  readonly givesSecret?: boolean;
}

/**
 * Returns a mutation that runs a command and announces its success. Afterwards, even after a failure, the lists that
 * the command changes are read again.
 */
export function useCommand<O, I = undefined>({
  run,
  changes,
  said,
  done,
  givesSecret = false,
}: CommandState<I, O>): UseMutationResult<O, Error, I> {
  const queries = useQueryClient();
  const toasts = Toast.useToastManager();
  return useMutation({
    mutationFn: run,
    // Holds the page before the command is sent. Waiting for the next render would be too late.
    onMutate: () => (givesSecret ? holdPage() : undefined),
    onSuccess(output, input) {
      if (said !== undefined) toasts.add({ title: typeof said === 'string' ? said : said(input) });
      flushSync(() => done?.(output));
    },
    // Not awaited, so that the caller does not wait until the lists are read.
    onSettled: (_output, _error, _input, release) => {
      release?.();
      const read = changes.map((queryKey) => queries.invalidateQueries({ queryKey }));
      void Promise.allSettled(read).then(() => keepFocus());
    },
  });
}

/**
 * Number of frames for which the focus is watched after a command. In this time, the dialog closes and its row
 * disappears, in either order.
 */
const WATCHED_FRAMES = 60;

/**
 * Moves the focus to the screen if the focused element was removed, for example the row of a revoked key. A closing
 * dialog moves the focus to the body for one frame, so the focus counts as lost only after two consecutive frames.
 */
function keepFocus(frame = 0, wasLost = false): void {
  if (frame === WATCHED_FRAMES) return;
  requestAnimationFrame(() => {
    const isLost = document.activeElement === document.body;
    if (isLost && wasLost) document.querySelector('main')?.focus();
    keepFocus(frame + 1, isLost);
  });
}
