import { Toast } from '@base-ui/react/toast';
import { type UseMutationResult, useIsMutating, useMutation, useQueryClient } from '@tanstack/react-query';

/** A command to the service, and what follows from it. */
interface Command<I, O> {
  readonly run: (input: I) => Promise<O>;
  /** Lists that are read again, by the first parts of their keys. */
  readonly changes: readonly (readonly unknown[])[];
  /** What is said when it is done. */
  readonly said?: string | ((input: I) => string);
  readonly done?: (output: O) => void;
  /** Its answer is the only one that ever shows a secret: until it comes, the page stays where it is. */
  readonly givesSecret?: boolean;
}

/** Gives commands: announces them, and reads again what they changed, also when only a part was done. */
export function useCommand<O, I = undefined>({
  run,
  changes,
  said,
  done,
  givesSecret = false,
}: Command<I, O>): UseMutationResult<O, Error, I> {
  const queries = useQueryClient();
  const toasts = Toast.useToastManager();
  return useMutation({
    mutationFn: run,
    meta: { givesSecret },
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

/** True while a command is under way whose answer shows a secret. */
export function useSecretUnderWay(): boolean {
  return useIsMutating({ predicate: ({ meta }) => meta?.givesSecret === true }) > 0;
}
