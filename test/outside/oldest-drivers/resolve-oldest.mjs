import { createRequire } from 'node:module';

const DRIVER = /^(?:pg|redis|libsql|rate-limit-redis|@node-rs\/(?:argon2|bcrypt))(?=\/|$)/;
const BUILT = /\/packages\/(?:core|stores|cli)\/dist\//;
const LIBSQL = /\/node_modules\/libsql\/(index|promise)\.js$/;
const folder = new URL('.', import.meta.url).href;
const versions = createRequire(import.meta.url)('./package.json').dependencies;

let port;
export function initialize(data) {
  port = data.port;
}

/**
 * Resolves the drivers that the built packages import from this folder. libsql also for the tests: with two copies of
 * SQLite in one process, closing a file in one of them drops the locks of the other.
 */
export async function resolve(specifier, context, next) {
  const here = { ...context, parentURL: import.meta.url };
  if (DRIVER.test(specifier) && BUILT.test(context.parentURL ?? ''))
    return note(specifier, await next(specifier, here));
  const found = await next(specifier, context);
  const [, part] = LIBSQL.exec(found.url) ?? [];
  if (part === undefined || found.url.startsWith(folder)) return found;
  return next(part === 'promise' ? 'libsql/promise' : 'libsql', here);
}

function note(specifier, found) {
  const [name] = DRIVER.exec(specifier);
  port.postMessage(`${name} ${versions[name]}`);
  return found;
}
