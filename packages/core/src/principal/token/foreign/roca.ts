/** The small primes that the key generator of CVE-2017-15361 used. */
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
];

const GENERATOR = 65537;

/**
 * True if an RSA modulus (base64url) was created by the key generator of CVE-2017-15361. An attacker can factor such a
 * modulus.
 *
 * Such a modulus is a power of 65537 modulo each small prime. A sound modulus has this property with a probability of 1
 * in 2^27.
 *
 * @see Nemec et al., "The Return of Coppersmith's Attack", section 2.3
 */
export function isRocaModulus(modulus: string): boolean {
  const n = BigInt(`0x${Buffer.from(modulus, 'base64url').toString('hex')}`);
  return PRIMES.every((prime) => isPowerOfGenerator(Number(n % BigInt(prime)), prime));
}

function isPowerOfGenerator(residue: number, prime: number): boolean {
  const step = GENERATOR % prime;
  let power = 1;
  do {
    if (power === residue) return true;
    power = (power * step) % prime;
  } while (power !== 1);
  return false;
}
