import { allow, type Outcome } from '@flairgate/core';
import { type AdministrationContext, importKey } from '@flairgate/core/administration';
import type { Answer, ProcessIo } from '../../../command.js';
import { operator } from '../../../context.js';
import { readSource } from '../../read-source.js';

/** Options of {@link importOne}. */
export interface ImportOneOptions {
  readonly org?: string | undefined;
  readonly user?: string | undefined;
  readonly name?: string | undefined;
  readonly textFile?: string | undefined;
  readonly hashFile?: string | undefined;
  readonly hmacKey?: Uint8Array;
  readonly permission: readonly string[];
  readonly range: readonly string[];
  readonly expires?: number | undefined;
  readonly description?: string | undefined;
  readonly dryRun: boolean;
}

/** Imports one key from a file or from standard input. */
export async function importOne(
  context: AdministrationContext,
  options: ImportOneOptions,
  io: ProcessIo,
): Promise<Outcome<Answer>> {
  const { org, user, textFile, hashFile, name = '', hmacKey, dryRun, expires, description } = options;
  const secret =
    textFile === undefined
      ? { hash: (await readSource('--hash-file', hashFile ?? '-', io)).trim() }
      : { text: (await readSource('--text-file', textFile, io)).trim() };
  const imported = await importKey(context, operator, {
    ...(user === undefined ? { oid: org ?? '' } : { uid: user }),
    name,
    ...secret,
    ...(hmacKey === undefined ? {} : { hmacKey }),
    permissions: options.permission,
    ranges: options.range,
    ...(expires === undefined ? {} : { expiresAt: expires }),
    ...(description === undefined ? {} : { description }),
    dryRun,
  });
  if (!imported.allowed) return imported;
  const { keyId, isReady } = imported.value;
  const owner = user === undefined ? { oid: org ?? '' } : { uid: user };
  if (dryRun) return allow({ json: { name, ...owner, dry_run: true }, lines: [`key ${name} could be imported`] });
  return allow({
    json: { key_hash: keyId, name, ...owner },
    lines: [`key ${name} (${keyId}) is imported`, whereValid(isReady, user === undefined ? 'oid' : 'uid')],
  });
}

/**
 * Returns a sentence that describes where an imported key is valid: everywhere, or only at the exchange (of the key for
 * a token) until it was used there once.
 */
export function whereValid(isReady: boolean, field: 'oid' | 'uid'): string {
  return isReady
    ? 'It is valid everywhere.'
    : `It is valid at the exchange, with ${field}, and everywhere after its first use there.`;
}
