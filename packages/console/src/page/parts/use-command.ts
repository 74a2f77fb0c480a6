import { Toast } from '@base-ui/react/toast';
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { flushSync } from 'react-dom';
import { holdPage } from './use-stay.ts';

/** Options of {@link useCommand}. */
interface CommandState<I, O> {
  readonly run: (input: I) => Promise<O>;
  /**
   * Key prefixes of the queries (lists and other data) that the command changes. After the command, queries whose key
   * begins with one of these prefixes are read again.
   */
  readonly changes: readonly (readonly unknown[])[];
  /** Message that is announced after the command has succeeded. */
  readonly said?: string | ((input: I) => string);
  readonly done?: (output: O) => void;
  /**
   * True if the command's response contains a new secret, which no other response contains. The user then cannot leave
   * the page until the response arrives.
   */
  readonly givesSecret?: boolean;
}

/**
 * Returns a mutation (a function with a state) that runs a command and announces its success. After the command, even
 * if it failed, the data that the command changes is read again.
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
    // Holds the page (prevents the user from leaving it) before the command is sent. The next render would be too late.
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
 * Number of frames for which the focus is watched after a command. During these frames, the dialog of the command
 * closes and the table row that it removed disappears, in either order.
 */
const WATCHED_FRAMES = 60;

/**
 * Moves the focus to the main part of the page if the focused element was removed, for example the row of a revoked
 * key. A closing dialog moves the focus to the body for one frame. The focus therefore counts as lost only after two
 * consecutive frames.
 */
function keepFocus(frame = 0, wasLost = false): void {
  if (frame === WATCHED_FRAMES) return;
  requestAnimationFrame(() => {
    const isLost = document.activeElement === document.body;
    if (isLost && wasLost) document.querySelector('main')?.focus();
    keepFocus(frame + 1, isLost);
  });
}
