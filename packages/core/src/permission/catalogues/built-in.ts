import { createCatalogue } from '../catalogue.js';
import { limaCharlieEntries } from './limacharlie.js';
import { limeEntries } from './lime.js';

/** LimaCharlie's permissions. */
export const limaCharlieCatalogue = createCatalogue(limaCharlieEntries);

/** Lime's permissions. */
export const limeCatalogue = createCatalogue(limeEntries);

/** LimaCharlie's permissions followed by Lime's. Used for a new database if no catalogue is configured. */
export const defaultCatalogue = createCatalogue([...limaCharlieEntries, ...limeEntries]);
