import { Toast } from '@base-ui/react/toast';
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { flushSync } from 'react-dom';
import { holdPage } from './use-stay.ts';

/** Options of {@link useCommand}. */
interface CommandState<I, O> {
  readonly run: (input: I) => Promise<O>;
  /** Prefixes of the query keys that are read again afterwards. */
  readonly changes: readonly (readonly unknown[])[];
  /** Announcement after success. */
  readonly said?: string | ((input: I) => string);
  readonly done?: (output: O) => void;
  /** True if only its answer shows a secret. The page cannot be left until it arrives. */
  readonly givesSecret?: boolean;
}

/** Returns a mutation that announces success and reads the changed lists again, even after a failure. */
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
    // From before it is sent until the secret is shown, not from when a screen is drawn next.
    onMutate: () => (givesSecret ? holdPage() : undefined),
    onSuccess(output, input) {
      if (said !== undefined) toasts.add({ title: typeof said === 'string' ? said : said(input) });
      flushSync(() => done?.(output));
    },
    // Not awaited, so that the caller does not wait for the lists.
    onSettled: (_output, _error, _input, release) => {
      release?.();
      const read = changes.map((queryKey) => queries.invalidateQueries({ queryKey }));
      void Promise.allSettled(read).then(() => keepFocus());
    },
  });
}

/** Frames for which the focus is watched after a command: a dialog closes, and its row goes, in either order. */
const WATCHED_FRAMES = 60;

/**
 * Moves the focus to the screen if what had it is gone, for example the row of a revoked key. A dialog that closes
 * leaves the body the focus for a frame, so the second one in a row counts.
 */
function keepFocus(frame = 0, wasLost = false): void {
  if (frame === WATCHED_FRAMES) return;
  requestAnimationFrame(() => {
    const isLost = document.activeElement === document.body;
    if (isLost && wasLost) document.querySelector('main')?.focus();
    keepFocus(frame + 1, isLost);
  });
}
