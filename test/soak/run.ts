import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSoakOptions } from './options.js';
import { drawSoak } from './picture.js';
import { printResult } from './print-result.js';
import { runSoak } from './soak.js';

const options = parseSoakOptions(process.argv.slice(2), fileURLToPath(new URL('figures', import.meta.url)));
const say = (line: string) => void process.stdout.write(`${line}\n`);
const result = await runSoak(options, say);
const picture = join(options.folder, 'soak.svg');
await writeFile(picture, drawSoak(result, options.seconds));
if (options.picture !== undefined) {
  await mkdir(dirname(options.picture), { recursive: true });
  await copyFile(picture, options.picture);
}
for (const line of printResult(result)) say(line);
say(`figures: ${join(options.folder, 'soak.jsonl')}; picture: ${options.picture ?? picture}`);
process.exitCode = result.isGood ? 0 : 1;
