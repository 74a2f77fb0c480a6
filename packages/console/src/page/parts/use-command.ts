import { Toast } from '@base-ui/react/toast';
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';

/** A command to the service, and what follows from it. */
interface Command<I, O> {
  readonly run: (input: I) => Promise<O>;
  /** Lists that are read again, by the first parts of their keys. */
  readonly changes: readonly (readonly unknown[])[];
  /** What is said when it is done. */
  readonly said?: string | ((input: I) => string);
  readonly done?: (output: O) => void;
}

/** Gives commands: announces them, and reads again what they changed, also when only a part was done. */
export function useCommand<O, I = undefined>({
  run,
  changes,
  said,
  done,
}: Command<I, O>): UseMutationResult<O, Error, I> {
  const queries = useQueryClient();
  const toasts = Toast.useToastManager();
  return useMutation({
    mutationFn: run,
    onSuccess(output, input) {
      if (said !== undefined) toasts.add({ title: typeof said === 'string' ? said : said(input) });
      done?.(output);
    },
    // Not awaited: whoever gave the command does not wait for lists.
    onSettled: () => {
      for (const queryKey of changes) void queries.invalidateQueries({ queryKey });
    },
  });
}
