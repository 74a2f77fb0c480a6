import { parseHash, toHashText } from './stored-hash.js';

/** Django's form, `pbkdf2_sha256$<rounds>$<salt>$<base64>`, in which the salt is the text itself. */
const DJANGO = /^pbkdf2_sha256\$([1-9][0-9]{0,7})\$([\x21-\x23\x25-\x7e]{1,64})\$([A-Za-z0-9+/]{43}=)$/;

/**
 * Converts a PBKDF2 hash of passlib or Django to the stored form. Returns undefined for anything else.
 *
 * Both tools call it `pbkdf2_sha256` but write it differently: passlib starts with `$`, names the scheme with a hyphen,
 * and encodes salt and checksum without padding.
 */
export function importHash(text: string): string | undefined {
  const django = DJANGO.exec(text);
  const stored =
    django === null
      ? text
      : toHashText({
          scheme: 'pbkdf2-sha256',
          rounds: Number(django[1]),
          salt: Buffer.from(django[2] ?? '', 'latin1'),
          checksum: Buffer.from(django[3] ?? '', 'base64'),
        });
  return parseHash(stored)?.scheme === 'pbkdf2-sha256' ? stored : undefined;
}
