import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party, row } from './callers.js';

const rules = createResourceRules({ type: 'rule', content: ['data'] });

describe('explain', () => {
  it('explain gives the decision, the rule and what would change it', () => {
    expect(rules.explain(party('a'), row({ locked_by: 'b' }), 'update')).toEqual({
      type: 'rule',
      id: 'r1',
      identity: 'a',
      action: 'update',
      allowed: false,
      rule: 'locked',
      because: 'another key holds the lock',
      changes: ['the key that holds the lock', 'the flair `root`', 'the lock being released or transferred'],
      holder: 'b',
    });
  });

  it('explain tells missing, elsewhere and hidden apart, which the caller must not learn', () => {
    const segmented = party('a', 'segment');
    const because = [undefined, row({ oid: 'org-b' }), row()].map((of) => rules.explain(segmented, of, 'know').because);
    expect(new Set(because).size).toBe(3);
  });

  it('explain agrees with check on every action', () => {
    for (const caller of [party('a'), party('a', 'segment'), party('a', 'root'), party('b', 'segment')]) {
      for (const of of [row(), row({ created_by: 'b', locked_by: 'b', secret_to: 'sid-of-b' })]) {
        for (const action of ['know', 'read', 'update', 'delete'] as const) {
          const { allowed, rule } = rules.explain(caller, of, action);
          expect({ allowed, rule }).toEqual({
            allowed: rules.check(caller, of, action).allowed,
            rule: rules.check(caller, of, action).rule,
          });
        }
      }
    }
  });
});
