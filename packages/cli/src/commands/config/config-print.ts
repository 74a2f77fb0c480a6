import { allow } from '@flairgate/core';
import { Document, isScalar } from 'yaml';
import { z } from 'zod';
import { configOption, plain } from '../../command.js';
import { type EffectiveSetting, effectiveSettings } from '../../configuration/effective.js';

const configPrintInput = z.strictObject({ config: z.string().optional() });

/** Prints the settings in force as a configuration file. Comments name the source of each setting. */
export const configPrint = plain({
  words: ['config', 'print'],
  help: 'Print the settings in force, without secrets, and where each comes from.',
  options: [configOption],
  input: configPrintInput,
  async run({ config }, _settings, { env }) {
    const settings = await effectiveSettings(env, config);
    const document = documentOf(settings);
    return allow({
      json: {
        settings: document.toJS(),
        from: Object.fromEntries(settings.map(({ path, from }) => [path.join('.'), from ?? 'default'])),
      },
      lines: document.toString({ lineWidth: 0 }).trimEnd().split('\n'),
    });
  },
});

function documentOf(settings: readonly EffectiveSetting[]): Document {
  const document = new Document({});
  for (const { path, value, from } of settings) {
    document.setIn(path, document.createNode(value));
    if (from === undefined) continue;
    const node = document.getIn(path, true);
    if (isScalar(node)) node.comment = ` ${from}`;
    else if (typeof node === 'object' && node !== null) Reflect.set(node, 'commentBefore', ` ${from}`);
  }
  return document;
}
