import { FLAIRS, type Flair, previewKeyName } from '@flairgate/client';
import { meaningOf } from './flair-meanings.ts';

/**
 * Alphabets with similar letters. A name that mixes letters of two of these alphabets can look the same as another
 * name.
 */
const ALPHABETS = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u];

/**
 * Shows a key's name with its flairs highlighted. If the name mixes alphabets and so can be mistaken for another name,
 * it is marked.
 */
export function KeyName({ name }: { readonly name: string }) {
  const parts = name.split(/(\[[a-z]+\])/);
  const isMixed = ALPHABETS.filter((alphabet) => alphabet.test(name)).length > 1;
  return (
    <bdi className="key-name">
      {parts.map((part, index) => {
        const flair = FLAIRS.find((known) => part === `[${known}]`);
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a name are identified only by position.
        return flair === undefined ? part : <FlairBadge key={index} flair={flair} />;
      })}
      {isMixed && (
        <span className="badge privileged" title="Some letters only look like others: compare the public id">
          mixed alphabets
        </span>
      )}
    </bdi>
  );
}

/** Shows a flair. The square brackets are part of the text, so that a copied name is complete. */
function FlairBadge({ flair }: { readonly flair: Flair }) {
  return (
    <span className={`flair ${flair}`} title={meaningOf(flair)}>
      [{flair}]
    </span>
  );
}

/** Shows the effects of the flairs in a key name, while the user types the name. */
export function FlairPreview({ name }: { readonly name: string }) {
  const { flairs, problem } = previewKeyName(name);
  if (problem !== undefined) return null;
  return (
    <div className="preview" role="status">
      {flairs.length === 0 ? (
        <p className="quiet">No flair. Add one in square brackets: {FLAIRS.map((flair) => `[${flair}]`).join(' ')}</p>
      ) : (
        <ul>
          {flairs.map((flair) => (
            <li key={flair}>
              <FlairBadge flair={flair} /> {meaningOf(flair)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
