import { useKeys } from '../keys/use-keys.ts';

/** Returns the names of the organization's keys by public id. The keys that the caller may not list are left out. */
export function useKeyNames(): ReadonlyMap<string, string> {
  const keys = useKeys();
  return new Map(Object.entries(keys.data ?? {}).map(([keyHash, { name }]) => [keyHash, name]));
}
