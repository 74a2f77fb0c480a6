import type { CreatedKey } from '@flairgate/core/administration';
import type { Answer } from '../../command.js';

type ShownKey = Pick<CreatedKey, 'text' | 'keyId' | 'name'> & Partial<Pick<CreatedKey, 'oid' | 'uid'>>;

/** Returns the result that shows a new key's secret. The secret can be shown only this once. */
export function keyAnswer({ text, keyId, name, oid, uid }: ShownKey): Answer {
  const json = { key: text, key_hash: keyId, name, oid: oid ?? null };
  return {
    json: uid === undefined ? json : { ...json, uid },
    lines: [
      `key ${name} (${keyId}):`,
      text,
      'Copy it now: it is shown once and stored nowhere. If it is lost, create another.',
    ],
  };
}
