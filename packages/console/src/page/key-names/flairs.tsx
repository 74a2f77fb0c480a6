import { FLAIRS, type Flair, previewKeyName } from '@flairgate/client';
import { meaningOf } from './flair-meanings.ts';

/** Letters of two of these alphabets in one name look like one, and are another name. */
const ALPHABETS = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u];

/** A key's name with its flairs set off from it. Marks a name that can be mistaken for another one. */
export function KeyName({ name }: { readonly name: string }) {
  const parts = name.split(/(\[[a-z]+\])/);
  const isMixed = ALPHABETS.filter((alphabet) => alphabet.test(name)).length > 1;
  return (
    <bdi className="key-name">
      {parts.map((part, index) => {
        const flair = FLAIRS.find((known) => part === `[${known}]`);
        // biome-ignore lint/suspicious/noArrayIndexKey: a name's parts have nothing but their place.
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

/** Shows a flair. Its brackets are part of the text, so that a copied name is complete. */
function FlairBadge({ flair }: { readonly flair: Flair }) {
  return (
    <span className={`flair ${flair}`} title={meaningOf(flair)}>
      [{flair}]
    </span>
  );
}

/** Shows the effect of the name that is being typed. */
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
