/** Returns words as a list in a sentence, such as `a, b or c`. */
export function listedText(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
