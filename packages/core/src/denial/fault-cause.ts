import { causeChain } from './cause-chain.js';

/** Cause of a dependency's failure, described without values, addresses or secrets. */
export interface FaultCause {
  /** Description of the problem, with a short remedy if there is one. */
  readonly text: string;
  /** Error code of the driver or the operating system. Undefined if the error has no code. */
  readonly code: string | undefined;
}

const DISK_FULL = 'the disk is full';
const READ_ONLY = 'the database file or its folder may not be written';
const DAMAGED = 'the database file is damaged; restore it from a copy';
const DISK_FAILS = 'the disk cannot be read or written';
const BUSY = 'another process holds the database for too long';
const NO_FILE = 'the database file cannot be opened';
const CONNECTION_REFUSED = 'no connection: nothing listens at that address';
const LOST = 'the connection was lost';
const LATE = 'no answer in time';
const LOCKED = 'another write held the lock for too long';
const NO_NAME = 'no connection: the name of the server is not known';
const NO_WAY = 'no connection: the server cannot be reached';
const UNTRUSTED = 'the certificate of the server is not trusted; name its authority in NODE_EXTRA_CA_CERTS';
const SIGN_IN = 'the server refuses the user or the password';
const ONLY_READS = 'the server lets this user only read, or is a standby';
const STOPPING = 'the server is starting or stopping';
const NO_ROOM = 'the server has no room for another connection';

/**
 * Descriptions of failures by error code. The first pattern that matches is used. The codes are those of SQLite, the
 * operating system and PostgreSQL (SQLSTATE), and the names of Redis errors.
 */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_FULL/, DISK_FULL],
  [/^SQLITE_READONLY/, READ_ONLY],
  [/^SQLITE_(CORRUPT|NOTADB)/, DAMAGED],
  [/^SQLITE_IOERR/, DISK_FAILS],
  [/^SQLITE_(BUSY|LOCKED|PROTOCOL)/, BUSY],
  [/^SQLITE_CANTOPEN/, NO_FILE],
  [/^SQLITE_NOMEM/, 'there is not enough memory'],
  [/^(ENOSPC|EDQUOT)$/, DISK_FULL],
  [/^(EROFS|EACCES|EPERM)$/, READ_ONLY],
  [/^(ENOENT|ENOTDIR)$/, NO_FILE],
  [/^EIO$/, DISK_FAILS],
  [/^(EMFILE|ENFILE)$/, 'the process may open no more files'],
  [/^ECONNREFUSED$/, CONNECTION_REFUSED],
  [/^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET)$/, LOST],
  [/^(ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_.*TIMEOUT)$/, LATE],
  [/^(ENOTFOUND|EAI_.*)$/, NO_NAME],
  [/^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/, NO_WAY],
  [/^CERT_HAS_EXPIRED$/, 'the certificate of the server has expired'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'the certificate of the server is for another name'],
  [/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_)/, UNTRUSTED],
  [/^28...$/, SIGN_IN],
  [/^3D...$/, 'there is no such database'],
  [/^(42501|25006)$/, ONLY_READS],
  // A PostgreSQL standby refuses a transaction that could write with this code, `feature_not_supported`.
  [/^0A000$/, ONLY_READS],
  [/^42P01$/, 'a table is missing; run `flairgate migrate`'],
  [/^(53100|58030)$/, DISK_FULL],
  [/^53300$/, NO_ROOM],
  [/^(53|54)...$/, 'the server has run out of something it needs'],
  [/^55P03$/, LOCKED],
  [/^(57014|25P03|25P04)$/, LATE],
  [/^57P0.$/, STOPPING],
  [/^08...$/, LOST],
  [/^(40P01|40001)$/, "two changes were in each other's way"],
  [/^(58|XX)...$/, 'the server reports a fault of its own'],
  [/^(Connection|Socket)TimeoutError$/, LATE],
  [/^(TimeoutError|AbortError)$/, LATE],
  [/^(SocketClosedUnexpectedly|ClientClosed|ClientOffline|DisconnectsClient)Error$/, LOST],
];

/**
 * Descriptions of failures by error message, for driver errors without a code. The messages themselves are never
 * repeated.
 */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [/^(timeout exceeded when trying to connect|Query read timeout|timeout expired)/, LATE],
  [/^Connection terminated due to connection timeout/, LATE],
  [/^(Connection terminated|Client has encountered a connection error|This socket has been ended)/, LOST],
  [/^The server does not support SSL connections/, 'the server takes no encrypted connections'],
  [/^SASL: /, SIGN_IN],
  [/^(WRONGPASS|NOAUTH|NOPERM)\b/, SIGN_IN],
  [/^LOADING\b/, STOPPING],
  [/^READONLY\b/, 'the server is a replica'],
  [/^OOM\b/, 'the server has no memory left'],
  [/^MISCONF\b/, 'the server cannot write its own disk'],
  [/^database disk image is malformed/, DAMAGED],
];

/**
 * Flairgate's own error messages. They contain no values, so they may be repeated. A test compares this list with the
 * code.
 */
const OWN: ReadonlySet<string> = new Set([
  'every poll of the primary was answered too late',
  'the store was never initialized',
  'too many look-ups are waiting',
  'too many hashes are waiting',
  'what is known of revocations is older than the bound',
  'too many wait for their turn',
  'its turn would not come in time',
  'no place came free',
  'the writes before this one took too long',
  'too many changes since the token',
  'nothing could be read in time',
  'a signing key of the store is not the one it says',
  'a sealed value cannot be opened: it was changed, or sealed under another key',
  'the ring has no key',
  'no such catalogue',
  'answered with another catalogue',
  'answered with something else than a JSON object',
  'the issuer speaks of another incarnation',
  'the issuer was not asked yet',
  'the store is closed',
  'the service stops',
  'too many answers wait',
  'the transaction is over',
  'the store has no revision row: it was not initialized',
  'Redis is not connected',
  'Redis did not answer in time',
  'the store of the limit did not answer in time',
  'the server rolled a transaction back at its commit',
  'the server is a standby, whose rows may be old',
  'the answer of the issuer is not understood',
  'the change feed of the issuer is not understood',
  'the service key changed',
  'the remote store is closed',
  'the change feed of the issuer has no end',
  'the issuer was restored meanwhile',
  'changes were pruned meanwhile',
  'the database file was deleted or replaced; stop this process and put the file back',
  'the store took too long to answer',
]);

/** Matches `answered with status 500` and `answered with more than 1024 bytes`. */
const ANSWERED = /^answered with (status|more than) \d+( bytes)?$/;

/**
 * Matches messages such as `a statement took longer than 6000 ms`, one for each kind of work with a deadline. A test
 * compares the list of kinds with the code.
 */
const TOO_LATE = new RegExp(
  `^(${[
    'a call of the store',
    'a connection of the pool',
    'a poll of the primary',
    'a look-up',
    'a statement',
    'an exchange',
    'finding a caller',
    'reading keys',
    'waiting for a turn',
  ].join('|')}) took longer than \\d+ ms$`,
);

/**
 * Describes why a dependency failed. Never repeats a driver's message, because it may contain the data that was sent.
 *
 * @example
 * faultCause(Object.assign(new Error('…'), { code: 'SQLITE_FULL' })).text; // 'the disk is full'
 */
export function faultCause(error: unknown): FaultCause {
  const errors = causeChain(error);
  for (const each of errors) {
    const code = codeOf(each);
    const text = code === undefined ? undefined : lookUp(TEXTS, code);
    if (text !== undefined) return { text, code };
  }
  for (const each of errors) {
    const text = lookUp(TEXTS, each.name) ?? lookUp(MESSAGES, each.message) ?? ownText(each.message);
    if (text !== undefined) return { text, code: undefined };
  }
  const last = errors.at(-1);
  const code = errors.map(codeOf).find((each) => each !== undefined);
  return { text: last === undefined ? 'no error says why' : `an error of the kind ${plainWord(last.name)}`, code };
}

/**
 * Converts an extended SQLite code to the name of its primary code if the driver has no name for the extended code.
 * Returns any other code unchanged.
 */
export function sqliteCode(code: string): string {
  const number = /^UNKNOWN_SQLITE_ERROR_(\d+)$/.exec(code)?.[1];
  return number === undefined ? code : (SQLITE_CODES[Number(number) & 0xff] ?? code);
}

/** Names of SQLite's primary result codes, by number. @see https://www.sqlite.org/rescode.html */
const SQLITE_CODES: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  9: 'SQLITE_INTERRUPT',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  19: 'SQLITE_CONSTRAINT',
  26: 'SQLITE_NOTADB',
};

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? plainWord(sqliteCode(error.code)) : undefined;
}

function lookUp(table: readonly (readonly [RegExp, string])[], text: string): string | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1];
}

function ownText(message: string): string | undefined {
  return OWN.has(message) || ANSWERED.test(message) || TOO_LATE.test(message) ? message : undefined;
}

/**
 * Returns the string if it is a plain name or code, and `unknown` otherwise, because other strings must not be
 * repeated.
 */
function plainWord(text: string): string {
  return /^[A-Za-z0-9_]{1,64}$/.test(text) ? text : 'unknown';
}
