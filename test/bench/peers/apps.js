// The peers as their own documents mount them, each with a permission check of one line behind it.

// @ts-check
import { apiKeyApps } from './api-key-apps.js';
import { bearerApps } from './bearer-apps.js';

export const peerApps = [...bearerApps, ...apiKeyApps];
