import { createHasher, hashSecret } from '@flairgate/core/calibrate';
import { createVerifyOnce } from '@flairgate/core/internal';
import { beforeAll, describe, expect, it } from 'vitest';

const RIGHT = 'Xq7vT2mK9pR4sW8yB3nL6dF1';
const WRONG = 'Zq7vT2mK9pR4sW8yB3nL6dF2';
/** A tag that says nothing of the text, as that of an imported secret. */
const TAG = 'import:0123456789';

let hash: string;

beforeAll(async () => {
  hash = await hashSecret(RIGHT, { scheme: 'pbkdf2-sha256', rounds: 1000 }, (size) => Buffer.alloc(size, 7));
});

function counted() {
  const hasher = createHasher();
  return { hasher, verifyOnce: createVerifyOnce(hasher.verify, 100) };
}

describe('a verdict on a secret', () => {
  it('a verdict on a secret is never given for another text that asks at the same time', async () => {
    for (const texts of [
      [RIGHT, WRONG, RIGHT],
      [WRONG, RIGHT, WRONG],
    ]) {
      const { verifyOnce } = counted();
      const verdicts = await Promise.all(texts.map((text) => verifyOnce(text, { tag: TAG, hash })));
      expect(verdicts).toEqual(texts.map((text) => text === RIGHT));
    }
  });

  it('a verdict on a secret is never given for another text that asks later', async () => {
    const { verifyOnce } = counted();
    expect(await verifyOnce(RIGHT, { tag: TAG, hash })).toBe(true);
    expect(await verifyOnce(WRONG, { tag: TAG, hash })).toBe(false);
    expect([verifyOnce.knows(RIGHT), verifyOnce.knows(WRONG)]).toEqual([true, false]);
  });

  it('a verdict on a secret is shared by those who ask with one text, and kept for the same tag and hash only', async () => {
    const { verifyOnce, hasher } = counted();
    await Promise.all([1, 2, 3].map(() => verifyOnce(RIGHT, { tag: TAG, hash })));
    await verifyOnce(RIGHT, { tag: TAG, hash });
    expect(hasher.count).toBe(1);
    await verifyOnce(RIGHT, { tag: 'another', hash });
    expect(hasher.count).toBe(2);
    const other = await hasher.hash(WRONG, { scheme: 'sha256', rounds: 1 });
    expect(await verifyOnce(RIGHT, { tag: TAG, hash: other })).toBe(false);
  });
});
