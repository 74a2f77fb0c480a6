/** Kinds of failures of a statement. */
export type Trouble = 'unique' | 'busy' | 'unavailable' | 'fault';

/** The differences between the two databases. */
export interface Engine {
  readonly kind: 'sqlite' | 'postgres';
  /** Says what an error of the driver means. */
  readonly troubleOf: (error: unknown) => Trouble;
}

export const sqlite: Engine = { kind: 'sqlite', troubleOf: sqliteTrouble };
export const postgres: Engine = { kind: 'postgres', troubleOf: postgresTrouble };

function sqliteTrouble(error: unknown): Trouble {
  const code = codeOf(error);
  if (code.startsWith('SQLITE_BUSY')) return 'busy';
  if (/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(code)) return 'unique';
  return /^SQLITE_(IOERR|FULL|CORRUPT|CANTOPEN|READONLY|NOTADB)/.test(code) ? 'unavailable' : 'fault';
}

/** An error without SQLSTATE comes from the connection; classes 08, 53 and 57 say that the server cannot answer. */
function postgresTrouble(error: unknown): Trouble {
  const code = codeOf(error);
  if (code === '23505') return 'unique';
  return /^[0-9A-Z]{5}$/.test(code) && !/^(08|53|57)/.test(code) ? 'fault' : 'unavailable';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
