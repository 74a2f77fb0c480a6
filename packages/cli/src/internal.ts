/** Exports for the tests in this workspace only. The exports may change or disappear in any release. */

export { commands, loadCommands } from './commands.js';
export { settingsIn } from './configuration/fields.js';
export { configurationSchema } from './configuration/schema.js';
export { readSettings } from './configuration/settings.js';
export { createContext } from './context.js';
export { readEnvironment } from './environment.js';
export { examplesOf } from './help/examples.js';
export { overview } from './help/overview.js';
export { readArguments } from './program.js';
export { run } from './run.js';
export { tableLines } from './table.js';
