import { register } from 'node:module';
import { chosen } from './chosen.js';

// Loaded with `--import` before anything else of the process that runs tests.
chosen.install();
register('./load-mutated.js', import.meta.url, { data: { folder: process.env.FLAIRGATE_MUTATED ?? '' } });
