const PIECE = 12;

/** `fg_` and ten characters of public id stand before the secret of a key. */
const PUBLIC_CHARACTERS = 13;

/** True if the text contains 12 characters of a secret: plain, backwards, in base64, hexadecimal or percent form. */
export function leaks(secrets: readonly string[], text: string): boolean {
  const pieces = new Set(
    secrets.map(secretPart).flatMap((secret) => [...piecesOf(secret), ...piecesOf(reverse(secret))]),
  );
  return readings(text).some((reading) => piecesOf(reading).some((piece) => pieces.has(piece)));
}

function secretPart(secret: string): string {
  return /^fg_[0-9A-Za-z]{43}$/.test(secret) ? secret.slice(PUBLIC_CHARACTERS) : secret;
}

function reverse(text: string): string {
  return Array.from(text).reverse().join('');
}

function piecesOf(text: string): readonly string[] {
  return Array.from({ length: Math.max(0, text.length - PIECE + 1) }, (_, at) => text.slice(at, at + PIECE));
}

/** The text as it stands, and what its runs of letters and digits may encode, at every place a code may begin. */
function readings(text: string): readonly string[] {
  const percent = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const base64 = (text.match(/[A-Za-z0-9+/_-]{16,}/g) ?? []).flatMap((run) =>
    [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64').toString('latin1')),
  );
  const hex = (text.match(/[0-9a-f]{24,}/gi) ?? []).flatMap((run) =>
    [0, 1].map((skip) => Buffer.from(run.slice(skip), 'hex').toString('latin1')),
  );
  return [text, percent, ...base64, ...hex];
}
