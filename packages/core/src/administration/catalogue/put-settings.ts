import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy } from '../command/context.js';

/** New values of settings that all processes on a database share. A setting that is absent keeps its value. */
export interface PutSettingsInput {
  /** `iss` claim of tokens, and base of the addresses that Flairgate publishes. Must be an http or https URL. */
  readonly issuer?: string | undefined;
  /** `aud` claim of tokens. */
  readonly audience?: string | undefined;
}

/** Settings after a change. A setting that was never stored is undefined. */
export interface StoredSettings {
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

const NAMES = ['issuer', 'audience'] as const;
const MAX_LENGTH = 2048;

/**
 * Changes the issuer or the audience that all processes on a database use. Only the operator may change these settings.
 *
 * A running process uses the new values after a restart. Keys stay valid. Every process that uses the new values
 * refuses tokens with the previous values, so clients must exchange their keys for new tokens.
 *
 * @example
 * const outcome = await putSettings(context, actor, { issuer: 'https://auth.example' });
 */
export async function putSettings(
  context: AdministrationContext,
  actor: Actor,
  input: PutSettingsInput,
): Promise<Outcome<StoredSettings>> {
  if (actor.kind !== 'operator') return denyOthers();
  for (const name of NAMES) {
    const wrong = input[name] === undefined ? undefined : reasonAgainst(name, input[name]);
    if (wrong !== undefined) return deny('ERR_VALIDATION', { detail: `${name}: ${wrong}` });
  }
  return commandBy(context, actor, async (tx, actorState) => {
    for (const name of NAMES) {
      const value = input[name];
      const before = await readValue(tx, name);
      if (value === undefined || value === before) continue;
      if (before === undefined) await tx.insert('setting', { name, value });
      else await tx.update('setting', { name }, { value });
      const details = { before: before ?? null, value };
      await audit(tx, context, actorState, { oid: null, action: 'setting.put', target: name, details });
    }
    return allow({ issuer: await readValue(tx, 'issuer'), audience: await readValue(tx, 'audience') });
  });
}

async function readValue(tx: SecurityTransaction, name: (typeof NAMES)[number]): Promise<string | undefined> {
  return (await tx.get('setting', { name }))?.value;
}

function denyOthers() {
  return deny('ERR_ESCALATION', {
    detail: 'only the operator changes settings',
    members: { dimension: 'permissions', beyond: [] },
  });
}

function reasonAgainst(name: (typeof NAMES)[number], value: string): string | undefined {
  if (value.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  if (value === '' || value !== value.trim()) return 'must be a text without white space at its ends';
  const isUrl = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
  return name === 'issuer' && !isUrl ? 'must be an http or https URL' : undefined;
}
