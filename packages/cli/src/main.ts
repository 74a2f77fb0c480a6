import { readFileSync } from 'node:fs';
import { commands } from './commands.js';
import { ignoreBrokenPipe, processIo } from './process-io.js';
import { run } from './run.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

ignoreBrokenPipe();
process.exitCode = await run(commands, version, process.argv.slice(2), processIo);
