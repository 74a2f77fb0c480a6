import { createCatalogue } from '../catalogue.js';
import { limaCharlieEntries } from './limacharlie.js';
import { limeEntries } from './lime.js';

/** LimaCharlie's permissions. */
export const limaCharlieCatalogue = createCatalogue(limaCharlieEntries);

/** Lime's permissions. */
export const limeCatalogue = createCatalogue(limeEntries);

/** Both, LimaCharlie's first: what a new database gets when no catalogue is given. */
export const defaultCatalogue = createCatalogue([...limaCharlieEntries, ...limeEntries]);
