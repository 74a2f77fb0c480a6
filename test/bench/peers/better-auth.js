// @ts-check
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { SqliteDialect } from 'kysely';
import Libsql from 'libsql';

/**
 * A key with one permission, and the function that verifies it.
 *
 * @param {string} needed
 */
export async function makeBetterAuth(needed) {
  const [area = '', action = ''] = needed.split('.');
  const dialect = new SqliteDialect({ database: new Libsql(':memory:') });
  const auth = betterAuth({
    secret: 'benchmark-secret-that-guards-nothing-0123456789',
    baseURL: 'http://127.0.0.1',
    database: { dialect, type: 'sqlite' },
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [apiKey({ rateLimit: { enabled: false } })],
  });
  const { runMigrations } = await getMigrations(auth.options);
  await runMigrations();
  const user = { email: 'bench@example.com', password: 'benchmark-password', name: 'bench' };
  const { user: made } = await auth.api.signUpEmail({ body: user });
  const { key } = await auth.api.createApiKey({ body: { userId: made.id, permissions: { [area]: [action] } } });
  const permissions = { [area]: [action] };
  return {
    key,
    verify: async (/** @type {string} */ sent) =>
      (await auth.api.verifyApiKey({ body: { key: sent, permissions } })).valid,
  };
}
