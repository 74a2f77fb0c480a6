import { fstatSync, readdirSync, readlinkSync, readSync, realpathSync, statfsSync, statSync } from 'node:fs';

/** Two copies of one header of 48 bytes stand at the start of a wal-index. */
export const HEADER_BYTES = 96;

/** Reads the header, both copies, into `bytes`; false where it could not be read whole. */
export type ReadHeader = (bytes: Uint8Array) => boolean;

/** File systems of Linux whose reads and memory maps share one page cache, by the number that `statfs` gives. */
const SHARED_CACHE: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xf2f52010, // f2fs
  0x01021994, // tmpfs
  0x794c7630, // overlay, over a local one
]);

/**
 * Finds the shared wal-index of a database that this process has open; undefined where it cannot be read safely.
 *
 * It reads by the descriptor that SQLite itself has open, and neither opens nor closes one. The locks of SQLite belong
 * to the process and the file: closing any other descriptor of that file would end them, and with them the database's
 * protection from other processes. SQLite keeps its own as long as a connection is open; so may the function be used.
 *
 * Elsewhere than on Linux, and on file systems where a map and a read may differ, there is none.
 */
export function openWalIndex(file: string): ReadHeader | undefined {
  const descriptor = findDescriptor(file);
  if (descriptor === undefined) return undefined;
  return (bytes) => {
    try {
      return readSync(descriptor, bytes, 0, HEADER_BYTES, 0) === HEADER_BYTES;
    } catch {
      return false;
    }
  };
}

function findDescriptor(file: string): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const path = `${realpathSync(file)}-shm`;
    if (!SHARED_CACHE.has(statfsSync(path).type)) return undefined;
    const found = readdirSync('/proc/self/fd')
      .map(Number)
      .filter((descriptor) => isOpenAs(path, descriptor));
    // With a second one it would be unknown which is SQLite's own, and which might be closed at any time.
    return found.length === 1 ? found[0] : undefined;
  } catch {
    return undefined;
  }
}

function isOpenAs(path: string, descriptor: number): boolean {
  try {
    if (readlinkSync(`/proc/self/fd/${descriptor}`) !== path) return false;
    const [open, named] = [fstatSync(descriptor), statSync(path)];
    return open.ino === named.ino && open.dev === named.dev;
  } catch {
    // The descriptor with which the folder was listed is closed by now.
    return false;
  }
}
