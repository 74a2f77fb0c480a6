#!/usr/bin/env node
// Committed, so that it is there to link before the first build.
import '../dist/main.js';
