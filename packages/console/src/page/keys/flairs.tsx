import { FLAIRS, type Flair, previewKeyName } from '@flairgate/client';

/** Effects of the flairs on a key. */
const MEANINGS: Readonly<Record<Flair, string>> = {
  bulk: 'has higher call limits',
  lock: 'what it creates or updates, only it may change',
  secret: 'what it creates, others see listed, with the content blank',
  segment: 'sees only what it created',
  root: 'is not subject to segment and lock',
};

/** A key's name with its flairs set off from it. */
export function KeyName({ name }: { readonly name: string }) {
  const parts = name.split(/(\[[a-z]+\])/);
  return (
    <span className="key-name">
      {parts.map((part, index) => {
        const flair = FLAIRS.find((known) => part === `[${known}]`);
        // biome-ignore lint/suspicious/noArrayIndexKey: a name's parts have nothing but their place.
        return flair === undefined ? part : <FlairBadge key={index} flair={flair} />;
      })}
    </span>
  );
}

/** Shows a flair. Its brackets are part of the text, so that a copied name is complete. */
function FlairBadge({ flair }: { readonly flair: Flair }) {
  return (
    <span className={`flair ${flair}`} title={MEANINGS[flair]}>
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
              <FlairBadge flair={flair} /> {MEANINGS[flair]}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
