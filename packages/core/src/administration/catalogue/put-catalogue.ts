import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Catalogue } from '../../permission/catalogue.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import { readKeptCatalogue } from '../../store/kept-catalogue.js';
import type { CatalogueEntry } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy } from '../command/context.js';

/** Input of {@link putCatalogue}. */
export interface PutCatalogueInput {
  readonly catalogue: Catalogue;
  /**
   * True to store the catalogue even if keys and users lose permissions. They lose the permissions of the stored
   * catalogue that the new catalogue omits or newly marks as privileged.
   *
   * @default false
   */
  readonly allowNarrowing?: boolean | undefined;
}

/** Result of storing a catalogue. */
export interface StoredCatalogue {
  readonly digest: string;
  /** Permissions of the new catalogue that are not in the previously stored catalogue. */
  readonly added: readonly string[];
  /** Permissions of the previously stored catalogue that are not in the new catalogue. */
  readonly removed: readonly string[];
  /**
   * Permissions that the new catalogue newly marks as privileged. Permission families such as `dr.*` no longer grant
   * them.
   */
  readonly madePrivileged: readonly string[];
}

/**
 * Stores the permission catalogue of a database. Only the operator may store a catalogue.
 *
 * A running process uses the new catalogue after a restart. Earlier catalogues are kept, because they are needed to
 * read the compact tokens that were issued with them.
 *
 * @example
 * const outcome = await putCatalogue(context, actor, { catalogue });
 */
export async function putCatalogue(
  context: AdministrationContext,
  actor: Actor,
  { catalogue, allowNarrowing = false }: PutCatalogueInput,
): Promise<Outcome<StoredCatalogue>> {
  if (actor.kind !== 'operator') return denyOthers();
  const stored = await commandBy(context, actor, async (tx, actorState) => {
    const compared = compareCatalogues(catalogue, (await readKeptCatalogue(tx)) ?? []);
    const lost = [...compared.removed, ...compared.madePrivileged];
    if (lost.length > 0 && !allowNarrowing) return denyNarrowing(lost);
    await writeCatalogue(tx, catalogue);
    // Revokes all tokens, because they may contain the lost permissions.
    if (lost.length > 0) tx.touch('all', '*');
    const { digest, added, removed, madePrivileged } = compared;
    const details = { added, removed, madePrivileged };
    await audit(tx, context, actorState, { oid: null, action: 'catalogue.put', target: digest, details });
    return allow(compared);
  });
  if (stored.allowed && context.store.keptCatalogue) context.store.keptCatalogue.entries = catalogue.entries;
  return stored;
}

function denyOthers() {
  return deny('ERR_ESCALATION', {
    detail: 'only the operator stores a catalogue',
    members: { dimension: 'permissions', beyond: [] },
  });
}

const MAX_NAMED = 10;

function denyNarrowing(names: readonly string[]) {
  const some = names.slice(0, MAX_NAMED).join(', ');
  const rest = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  return deny('ERR_VALIDATION', {
    detail: `keys and users would lose ${some}${rest}; confirm that to store the catalogue`,
  });
}

function compareCatalogues(catalogue: Catalogue, kept: readonly CatalogueEntry[]): StoredCatalogue {
  const before = new Map(kept.map((entry) => [entry.name, entry]));
  const names = catalogue.entries.map(({ name }) => name);
  return {
    digest: catalogue.digest,
    added: names.filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !catalogue.has(name)),
    madePrivileged: names.filter((name) => catalogue.privileged(name) && before.get(name)?.privileged === false),
  };
}

/**
 * Stores the permissions of a catalogue under the digest of the catalogue, and stores this digest as the digest of the
 * current catalogue. If permissions are already stored under the same digest, replaces them: their descriptions and
 * privileged marks may have changed, because these are not part of the digest.
 */
async function writeCatalogue(tx: SecurityTransaction, { digest, entries }: Catalogue): Promise<void> {
  if ((await tx.get('catalogue', { digest })) === undefined) await tx.insert('catalogue', { digest, entries });
  else await tx.update('catalogue', { digest }, { entries });
  const name = 'catalogue';
  if ((await tx.get('setting', { name })) === undefined) await tx.insert('setting', { name, value: digest });
  else await tx.update('setting', { name }, { value: digest });
}
