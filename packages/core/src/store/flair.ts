/** The flairs that a key's name can contain. */
export const FLAIRS = ['bulk', 'lock', 'secret', 'segment', 'root'] as const;

/** A flair: an ability or restriction that is part of a key's name. */
export type Flair = (typeof FLAIRS)[number];

/** True if the text is a known flair. Case-sensitive. */
export function isFlair(text: string): text is Flair {
  return FLAIRS.some((flair) => flair === text);
}

/** Sorts flairs into the order of {@link FLAIRS} and removes duplicates. */
export function orderFlairs(flairs: Iterable<Flair>): readonly Flair[] {
  const held = new Set(flairs);
  return Object.freeze(FLAIRS.filter((flair) => held.has(flair)));
}
