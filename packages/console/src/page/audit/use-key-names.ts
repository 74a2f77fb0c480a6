import { useKeys } from '../keys/use-keys.ts';

/** Returns the names of the organization's keys by their public ids, as far as the caller may list them. */
export function useKeyNames(): ReadonlyMap<string, string> {
  const keys = useKeys();
  return new Map(Object.entries(keys.data ?? {}).map(([keyHash, { name }]) => [keyHash, name]));
}
