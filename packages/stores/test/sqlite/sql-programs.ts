import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program of its own that runs statements on a database, one a line, each committed when it answers. */
export interface SqlProgram {
  /** Gives what went wrong, or nothing. Waits until the program has answered. */
  run(statement: string): Promise<string>;
  kill(): Promise<void>;
}

const libsql = `
  import Libsql from 'libsql';
  import { createInterface } from 'node:readline';
  const database = new Libsql(process.argv[1]);
  database.exec('pragma busy_timeout = 200');
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      database.exec(line);
      console.log('');
    } catch (error) {
      console.log(error.message);
    }
  }
`;

/** SQLite as Debian has it: another build, and another version, than the one the store uses. */
const python = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=0.2, isolation_level=None)
for line in sys.stdin:
    try:
        database.execute(line).fetchall()
        print('', flush=True)
    except sqlite3.Error as error:
        print(error, flush=True)
`;

const programs = {
  libsql: { command: process.execPath, args: ['--input-type=module', '--eval', libsql] },
  python: { command: 'python3', args: ['-c', python] },
} as const;

export type SqlProgramKind = keyof typeof programs;

/** The programs that can be started here; what cannot says so. */
export function sqlProgramsHere(): readonly SqlProgramKind[] {
  if (spawnSync('python3', ['-c', 'import sqlite3']).status === 0) return ['libsql', 'python'];
  process.stderr.write('skipped: no python3 with sqlite3, so no other build of SQLite writes into the database\n');
  return ['libsql'];
}

export function startSqlProgram(kind: SqlProgramKind, file: string): SqlProgram {
  const { command, args } = programs[kind];
  const child: ChildProcess = spawn(command, [...args, file], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('the program has no input or output');
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    async run(statement) {
      stdin.write(`${statement}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error('the program ended');
      return value;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
