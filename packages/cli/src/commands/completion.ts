import tab from '@bomb.sh/tab';
import { allow, OptionError } from '@flairgate/core';
import { z } from 'zod';
import type { PlainCommand } from '../command.js';
import { overview } from '../help/overview.js';

const SHELLS: readonly string[] = ['bash', 'zsh', 'fish', 'powershell'];

const completionInput = z.object({ shell: z.string().optional() });

export const completion: PlainCommand = {
  kind: 'plain',
  words: ['completion'],
  help: overview.completion,
  options: [],
  arguments: [{ name: 'shell', help: SHELLS.join(', ') }],
  async run(options) {
    const { shell = '' } = completionInput.parse(options);
    if (!SHELLS.includes(shell)) throw new OptionError(`completion: must be followed by ${SHELLS.join(', ')}`);
    // The library prints the script itself.
    tab.setup('flairgate', 'flairgate', shell);
    return allow({ json: { shell }, lines: [] });
  },
};
