import type { Authenticator } from '@flairgate/core';

/** Waits until cached principals may be used: a process that was held up looks at its store first. */
export async function untilCurrent({ revision }: Authenticator): Promise<void> {
  if (!revision.current()) await revision.ensureCurrent();
}
