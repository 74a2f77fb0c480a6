import type { Flair } from '@flairgate/client';
import { useCatalogue } from '../permissions/use-catalogue.ts';
import { accessOf } from './access-of.ts';

interface AccessSummaryProps {
  readonly permissions: readonly string[];
  readonly flairs: readonly Flair[];
  readonly ranges: readonly string[];
}

/** Shows sentences that describe what a key may see and do. */
export function AccessSummary(props: AccessSummaryProps) {
  const { data } = useCatalogue();
  const privileged = data?.permissions.filter((entry) => entry.privileged).map(({ name }) => name);
  return <p className="access">{accessOf({ ...props, privileged: new Set(privileged) }).join(' ')}</p>;
}
