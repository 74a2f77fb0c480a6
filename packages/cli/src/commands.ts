import type { Command } from './command.js';
import { adopt } from './commands/adopt.js';
import { keyCreate } from './commands/key-create.js';
import { keyList } from './commands/key-list.js';
import { keyRevoke } from './commands/key-revoke.js';
import { orgCreate } from './commands/org-create.js';
import { ownershipList } from './commands/ownership-list.js';
import { ownershipRelease } from './commands/ownership-release.js';
import { ownershipResolve } from './commands/ownership-resolve.js';
import { ownershipTransfer } from './commands/ownership-transfer.js';
import { serve } from './commands/serve.js';
import { userCreate } from './commands/user-create.js';
import { userJoin } from './commands/user-join.js';

/** Every command there is. */
export const commands: readonly Command[] = [
  orgCreate,
  userCreate,
  userJoin,
  keyCreate,
  keyList,
  keyRevoke,
  adopt,
  ownershipList,
  ownershipRelease,
  ownershipTransfer,
  ownershipResolve,
  serve,
];
