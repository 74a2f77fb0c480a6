import type { Flair } from '@flairgate/client';
import { meaningOf } from '../key-names/flair-meanings.ts';
import { areaOf, isGrave, isReading } from '../permissions/areas.ts';

/** Properties of a key that determine what it may see and do. */
export interface KeyAccess {
  readonly permissions: readonly string[];
  readonly flairs: readonly Flair[];
  /** CIDR ranges from which the key may be used. Empty means any address. */
  readonly ranges: readonly string[];
  /**
   * Names of the privileged permissions. These must be granted one by one, because no permission family includes them.
   */
  readonly privileged: ReadonlySet<string>;
}

/**
 * Maximum number of areas that a sentence lists by name. An area is the first word of a permission. Further areas are
 * only counted.
 */
const NAMED_AREAS = 5;

/** Describes in sentences what a key may see and do. */
export function accessOf({ permissions, flairs, ranges, privileged }: KeyAccess): readonly string[] {
  if (permissions.length === 0) return ['It can say who it is, and nothing else.', ...rangeSentences(ranges)];
  const held = permissions.filter((name) => privileged.has(name));
  return [
    permissionSentence(permissions),
    ...(permissions.some((name) => isGrave(name) && isReading(name)) ? ['It can read secrets.'] : []),
    ...(held.length === 0 ? [] : [`It holds privileged permissions: ${held.join(', ')}.`]),
    ...(flairs.includes('segment') ? [] : ['It sees everything that its permissions allow, whoever created it.']),
    ...flairs.map((flair) => `${capitalize(meaningOf(flair))}.`),
    ...rangeSentences(ranges),
  ];
}

function permissionSentence(permissions: readonly string[]): string {
  const reads = namesOf(permissions.filter(isReading));
  const changes = namesOf(permissions.filter((name) => !isReading(name)));
  if (changes === '') return `It can read ${reads}, and change nothing.`;
  if (reads === changes) return `It can read and change ${reads}.`;
  return reads === '' ? `It can change ${changes}, and read nothing.` : `It can read ${reads}, and change ${changes}.`;
}

/** Lists the areas (first words) of the permissions. Names at most {@link NAMED_AREAS} areas, and counts the others. */
function namesOf(permissions: readonly string[]): string {
  const areas = [...new Set(permissions.map(areaOf))];
  const others = areas.length - NAMED_AREAS;
  if (others > 1) return `${areas.slice(0, NAMED_AREAS).join(', ')} and ${others} other areas`;
  const last = areas.at(-1) ?? '';
  return areas.length < 2 ? last : `${areas.slice(0, -1).join(', ')} and ${last}`;
}

function rangeSentences(ranges: readonly string[]): readonly string[] {
  return [ranges.length === 0 ? 'It can be used from any address.' : `It can be used only from ${ranges.join(', ')}.`];
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
