import type { ExplainAnswer, ExplainedAction } from '@flairgate/client';
import { KeySummary } from './explained-key.tsx';

/** Shows what a key may do with one resource, and why. */
export function Explanation({ answer: { key, resource, decisions } }: { readonly answer: ExplainAnswer }) {
  const { type, id, createdBy, lockedBy, secret } = resource;
  const nameOf = (named: typeof createdBy) => (named === null ? 'nobody' : (named.name ?? named.identity));
  return (
    <section className="card" aria-label="Explanation">
      <KeySummary of={key} />
      <p>
        <code>{type}</code> <code>{id}</code> was created by <bdi>{nameOf(createdBy)}</bdi>, is locked by{' '}
        <bdi>{nameOf(lockedBy)}</bdi>, and its content is {secret ? 'secret to one key' : 'secret to nobody'}.
      </p>
      <ul className="rows">
        {decisions.map((decision) => (
          <Decision key={decision.action} decision={decision} />
        ))}
      </ul>
    </section>
  );
}

const ACTION_SENTENCES: Readonly<Record<ExplainedAction['action'], readonly [may: string, mayNot: string]>> = {
  know: ['It sees that the resource exists', 'To it the resource does not exist'],
  read: ['It reads the content', 'The content is blank to it'],
  update: ['It may change the resource', 'It may not change the resource'],
  delete: ['It may delete the resource', 'It may not delete the resource'],
};

function Decision({ decision: { action, allowed, because, changes } }: { readonly decision: ExplainedAction }) {
  return (
    <li className="row">
      <div>
        <strong className={allowed ? 'state on' : 'state off'}>{ACTION_SENTENCES[action][allowed ? 0 : 1]}</strong>
        <small>Because {because}.</small>
        {changes.length > 0 && <small>Would differ with: {changes.join('; ')}.</small>}
      </div>
    </li>
  );
}
