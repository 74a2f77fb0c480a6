// Writes the declarations that TypeScript reads in a CommonJS project with `module: node16`.
//
// The packages are ES modules, and `require()` loads them as they are. TypeScript allows that with `nodenext` only, so
// each entry has a second declaration file for `require`. It has the same names as the first.

// @ts-check
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** @param {string} root */
export function writeCommonJsTypes(root) {
  for (const folder of readdirSync(join(root, 'packages'))) {
    const home = join(root, 'packages', folder);
    const { exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    for (const target of Object.values(exports)) {
      if (typeof target === 'string' || !existsSync(join(home, target.types.default))) continue;
      write(join(home, target.types.require), basename(target.default));
    }
  }
}

/**
 * @param {string} file
 * @param {string} module
 */
function write(file, module) {
  const text = `// @ts-ignore: require() loads an ES module on every supported version of Node.\nexport * from './${module}';\n`;
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}
