import { describe, expect, it } from 'vitest';
import { readFiles, type SourceFile, sourceCode } from './tree.ts';

const maxLineLength = 160;

const sources = readFiles(sourceCode);
const documents = readFiles(/^(README|CONTRIBUTING|CHANGELOG)\.md$|^docs\/.*\.md$|^packages\/[^/]+\/README\.md$/);

const openers = /^(What|Whether|How|Who|Whom|Whose|Where|Why|That)\b/;
const vague = /\b(whoever|nobody|somebody|anybody|everybody|anew|so many|a look|stands? (?:in|beside|for|over))\b/i;

/** The doc comments of a file, each as one line of words. */
function commentsOf({ path, text }: SourceFile): readonly { readonly path: string; readonly words: string }[] {
  return [...text.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(([, body = '']) => ({
    path,
    words: body
      .replace(/^\s*\*\s?/gm, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  }));
}

const comments = sources.flatMap(commentsOf);
const show = ({ path, words }: { path: string; words: string }) => `${path}: ${words.slice(0, 80)}`;

describe('the words of comments and documents', () => {
  it('the words of comments and documents are read', () => {
    expect(comments.length).toBeGreaterThan(3000);
    expect(documents.length).toBeGreaterThan(20);
  });

  it('doc comments open with a verb or a noun', () => {
    expect(comments.filter(({ words }) => openers.test(words)).map(show)).toEqual([]);
  });

  it('the words of comments and documents are those of the field in doc comments', () => {
    expect(comments.filter(({ words }) => vague.test(words)).map(show)).toEqual([]);
  });

  it('documents use the words of the field', () => {
    const found = documents.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => (vague.test(line) ? [`${path}:${index + 1}`] : [])),
    );
    expect(found).toEqual([]);
  });

  it('lines of documents fit a screen', () => {
    const long = documents.flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          line.length > maxLineLength && !line.startsWith('|') && !line.includes('http')
            ? [`${path}:${index + 1}`]
            : [],
        ),
    );
    expect(long).toEqual([]);
  });
});

describe('the checks of words can fail', () => {
  it('the checks of words fail on a question word and on a vague word', () => {
    const [comment] = commentsOf({
      path: 'packages/core/src/a.ts',
      text: ['/*', '*\n * Whether some', 'body may.\n */'].join(''),
    });
    expect(openers.test(comment?.words ?? '')).toBe(true);
    expect(vague.test(comment?.words ?? '')).toBe(true);
    expect(openers.test('True if the caller may.')).toBe(false);
  });
});
