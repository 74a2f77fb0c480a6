import { createCatalogue } from '../catalogue.js';
import { limaCharlieEntries } from './limacharlie.js';
import { limeEntries } from './lime.js';

/** LimaCharlie's permissions. */
export const limaCharlieCatalogue = createCatalogue(limaCharlieEntries);

/** Lime's permissions. */
export const limeCatalogue = createCatalogue(limeEntries);

/** LimaCharlie's permissions followed by Lime's. A new database gets them if no catalogue is configured. */
export const defaultCatalogue = createCatalogue([...limaCharlieEntries, ...limeEntries]);
