/** The flairs a key's name may hold. */
export const FLAIRS = ['bulk', 'lock', 'secret', 'segment', 'root'] as const;

export type Flair = (typeof FLAIRS)[number];

/** Tells whether the text is a known flair, letter case included. */
export function isFlair(text: string): text is Flair {
  return FLAIRS.some((flair) => flair === text);
}

/** Puts flairs into the order of {@link FLAIRS}, each once. */
export function orderFlairs(flairs: Iterable<Flair>): readonly Flair[] {
  const held = new Set(flairs);
  return Object.freeze(FLAIRS.filter((flair) => held.has(flair)));
}
