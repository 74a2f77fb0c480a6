import { FLAIRS, type Flair } from '@flairgate/client';

/** Effect that each flair (a word in square brackets in a key's name) has on the key. */
const MEANINGS: Readonly<Record<Flair, string>> = {
  bulk: 'it has higher call limits',
  lock: 'what it creates or updates, only it may change',
  secret: 'what it creates, others see listed, with the content blank',
  segment: 'it sees only what it created',
  root: 'it is not subject to segment and lock',
};

/** Returns the effect of a flair on a key, as part of a sentence. */
export function meaningOf(flair: Flair): string {
  return MEANINGS[flair];
}

/**
 * Returns the flairs that are among the words. Other words are ignored, because the service may send flairs that this
 * version of the console does not know.
 */
export function toFlairs(words: readonly string[]): readonly Flair[] {
  return FLAIRS.filter((flair) => words.includes(flair));
}
