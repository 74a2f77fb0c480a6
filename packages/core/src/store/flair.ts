/** The flairs that a key's name may contain. */
export const FLAIRS = ['bulk', 'lock', 'secret', 'segment', 'root'] as const;

/** A flair: a word in square brackets in a key's name that gives the key an ability or restricts it. */
export type Flair = (typeof FLAIRS)[number];

/** True if the string is a known flair. Case-sensitive. */
export function isFlair(text: string): text is Flair {
  return FLAIRS.some((flair) => flair === text);
}

/** Sorts flairs in the order of {@link FLAIRS} and removes duplicates. */
export function orderFlairs(flairs: Iterable<Flair>): readonly Flair[] {
  const held = new Set(flairs);
  return Object.freeze(FLAIRS.filter((flair) => held.has(flair)));
}
