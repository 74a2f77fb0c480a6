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

  it('a secret that is known to be right computes no hash, for its own tag and hash only', async () => {
    const { verifyOnce, hasher } = counted();
    verifyOnce.remember(RIGHT, { tag: TAG, hash });
    expect(verifyOnce.knows(RIGHT)).toBe(true);
    expect(await verifyOnce(RIGHT, { tag: TAG, hash })).toBe(true);
    expect(hasher.count).toBe(0);
    expect(await verifyOnce(RIGHT, { tag: 'another', hash })).toBe(true);
    expect(hasher.count).toBe(1);
  });

  it('a wrong secret is computed again when it is sent again', async () => {
    const { verifyOnce, hasher } = counted();
    expect(await verifyOnce(WRONG, { tag: TAG, hash })).toBe(false);
    expect(await verifyOnce(WRONG, { tag: TAG, hash })).toBe(false);
    expect(hasher.count).toBe(2);
  });

  it('verdicts that are asked for at the same time with other tags or hashes are not shared', async () => {
    const { verifyOnce, hasher } = counted();
    const other = await hasher.hash(WRONG, { scheme: 'sha256', rounds: 1 });
    const before = hasher.count;
    const asked = [
      { tag: TAG, hash },
      { tag: 'another', hash },
      { tag: TAG, hash: other },
    ];
    expect(await Promise.all(asked.map((stored) => verifyOnce(RIGHT, stored)))).toEqual([true, true, false]);
    expect(hasher.count - before).toBe(3);
  });

  it('each right secret is told of, with the tag and the hash that it is right for', async () => {
    const told: unknown[] = [];
    const verifyOnce = createVerifyOnce(createHasher().verify, 100, (text, stored) => void told.push([text, stored]));
    await verifyOnce(RIGHT, { tag: TAG, hash });
    await verifyOnce(RIGHT, { tag: TAG, hash });
    await verifyOnce(WRONG, { tag: TAG, hash });
    const right = [RIGHT, { tag: TAG, hash }];
    expect(told).toEqual([right, right]);
  });
});
