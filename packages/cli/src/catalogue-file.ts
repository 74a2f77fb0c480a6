import { type Catalogue, createCatalogue, OptionError } from '@flairgate/core';
import { z } from 'zod';

/**
 * Schema of a list of permissions in a file. Each item is the name of a permission, or an object with the name, a
 * description and the mark `privileged`.
 */
export const catalogueItems = z
  .array(
    z.union([
      z.string(),
      z.strictObject({
        name: z.string(),
        description: z.string().default(''),
        privileged: z.boolean().default(false),
      }),
    ]),
  )
  .min(1);

/**
 * Creates a catalogue (list of all permissions) from a list in a file.
 *
 * @throws OptionError for an invalid list. The message names the file.
 */
export function toCatalogue(file: string, items: z.output<typeof catalogueItems>): Catalogue {
  try {
    return createCatalogue(items);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(`${file}: ${error.message}`, { cause: error });
  }
}

const document = z.union([
  catalogueItems,
  z.object({ catalogue: catalogueItems }).transform(({ catalogue }) => catalogue),
]);

/**
 * Parses a catalogue from YAML or JSON text. The text must be a list of permissions, or an object whose member
 * `catalogue` is such a list, as in the configuration file.
 *
 * @throws OptionError for any other text, or for an invalid list.
 */
export async function parseCatalogue(file: string, text: string): Promise<Catalogue> {
  const parsed = document.safeParse(await yamlOf(file, text));
  if (parsed.success) return toCatalogue(file, parsed.data);
  throw new OptionError(
    `${file}: must be a list of permissions, each a name or an object with name, description and privileged`,
  );
}

async function yamlOf(file: string, text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text, { logLevel: 'error' });
  } catch (error) {
    throw new OptionError(`${file}: is not YAML`, { cause: error });
  }
}
