// Hashes and verifies for `run`: one JSON object on standard input, one on standard output.

import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { defaultCatalogue, memoryStore } from '@flairgate/core';
import { createOrganization, createUser, importKey } from '@flairgate/core/administration';
import { hashSecret } from '@flairgate/core/calibrate';
import { verifySecret } from '@flairgate/core/internal';

const { ours, theirs } = JSON.parse(await text(process.stdin));
const store = await memoryStore();
const context = {
  store,
  catalogue: defaultCatalogue,
  now: Date.now,
  random: randomBytes,
  keyFormat: 'fg',
  hashSecret: async () => '',
  readableIngestionKeys: false,
  committed: async () => undefined,
};
const actor = { kind: 'operator', name: 'passlib' };
await createOrganization(context, actor, { name: 'passlib' });

const hashes = [];
for (const { secret, rounds } of ours) {
  hashes.push(await hashSecret(secret, { scheme: 'pbkdf2-sha256', rounds }, randomBytes));
}
const verified = [];
for (const { secret, hash } of theirs) {
  verified.push({ right: await verifyImported(hash, secret), wrong: await verifyImported(hash, `${secret}x`) });
}
process.stdout.write(JSON.stringify({ hashes, verified }));

/** Imports the hash for a user of its own, as `flairgate key import` does, and verifies what was stored. */
async function verifyImported(hash, secret) {
  const user = await createUser(context, actor, { email: `${randomBytes(8).toString('hex')}@example.com` });
  const imported = await importKey(context, actor, { uid: user.value.uid, name: 'imported', hash });
  if (!imported.allowed) return `refused: ${imported.code}`;
  const [row] = await store.read((tx) => tx.find('secret', { keyId: imported.value.keyId }));
  return verifySecret(secret, row.hash);
}
