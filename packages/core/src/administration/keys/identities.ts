import { randomId } from '../../store/ids.js';
import type { IdentityKind, IdentityRow } from '../../store/rows.js';
import type { ReadTransaction, WriteTransaction } from '../../store/transaction.js';
import type { AdministrationContext } from '../command/context.js';

/** Columns that together identify an identity. No two identities have the same values in all of them. */
export interface IdentityName {
  readonly kind: IdentityKind;
  /** Id of the organization, user or issuer within which the name is unique. Empty for services. */
  readonly scope: string;
  readonly name: string;
}

export async function findIdentity(tx: ReadTransaction, by: IdentityName): Promise<IdentityRow | undefined> {
  const [found] = await tx.find('identity', { ...by }, { limit: 1 });
  return found;
}

export async function insertIdentity(
  tx: WriteTransaction,
  context: AdministrationContext,
  by: IdentityName,
  createdBy: string | undefined,
): Promise<IdentityRow> {
  const row: IdentityRow = {
    ...by,
    id: randomId(context.random),
    secretId: randomId(context.random),
    createdBy: createdBy ?? null,
    createdAt: context.now(),
  };
  await tx.insert('identity', row);
  return row;
}
