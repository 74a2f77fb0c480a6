import type { KeyEntry } from '@flairgate/client';
import { Time } from '../parts/time.tsx';
import { liveSecrets, stateOf } from './key-filter.ts';

/** Shows the state of a key. During a rotation, also shows when the old secret expires. */
export function KeyStateBadge({ entry }: { readonly entry: KeyEntry }) {
  const now = Date.now() / 1000;
  const state = stateOf(entry, now);
  if (state === 'disabled' || state === 'expired') return <span className="state off">{state}</span>;
  const ends = liveSecrets(entry.secrets, now).find((secret) => secret.ends !== null)?.ends ?? null;
  if (ends === null) return <span className="state on">active</span>;
  return (
    <span className="state turning">
      rotating
      <small>
        old secret expires <Time at={ends} none="" />
      </small>
    </span>
  );
}
