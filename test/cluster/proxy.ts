import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to PostgreSQL that a test may cut. */
export interface DatabaseProxy {
  /** The same database, by this way. */
  readonly url: string;
  /** Ends every connection and takes none. */
  cut(): void;
  /** Undoes whatever was done. */
  mend(): void;
  /** Delivers in order after a delay: the traffic of connections that listen, or all traffic in each direction. */
  delay(what: 'pushes' | 'everything', ms: number): void;
  /** Takes connections, and passes on nothing until it is mended, as a server that stands still. */
  stall(): void;
  /** Withholds every notification, and whatever else comes to a connection that listens. */
  deafen(): void;
  /** Parts of answers and notifications that were withheld. */
  readonly withheld: number;
  close(): Promise<void>;
}

interface Way {
  readonly near: Socket;
  readonly far: Socket;
  listens: boolean;
}

/** Bytes by which a connection begins to listen. */
const LISTENS = Buffer.from('listen "');

export async function proxyTo(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const ways = new Set<Way>();
  const state = { cut: false, deaf: false, stalled: false, pushDelayMs: 0, delayMs: 0, withheld: 0 };
  const server = createServer((near) => {
    if (state.cut) return void near.destroy();
    const way = { near, far: connect(Number(target.port || 5432), target.hostname), listens: false };
    ways.add(way);
    join(way, state, () => ways.delete(way));
    if (state.stalled) hold(way);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = typeof address === 'object' ? String(address?.port) : '';
  const end = () => {
    for (const { near, far } of ways) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    url: url.href,
    cut() {
      state.cut = true;
      end();
    },
    mend() {
      state.cut = false;
      state.deaf = false;
      state.stalled = false;
      state.pushDelayMs = 0;
      state.delayMs = 0;
      for (const { near, far } of ways) {
        near.resume();
        far.resume();
      }
    },
    delay(what, ms) {
      state.pushDelayMs = ms;
      if (what === 'everything') state.delayMs = ms;
    },
    stall() {
      state.stalled = true;
      for (const way of ways) hold(way);
    },
    deafen() {
      state.deaf = true;
    },
    get withheld() {
      return state.withheld;
    },
    async close() {
      state.cut = true;
      server.close();
      end();
    },
  };
}

interface State {
  readonly deaf: boolean;
  readonly pushDelayMs: number;
  readonly delayMs: number;
  withheld: number;
}

function hold({ near, far }: Way): void {
  near.pause();
  far.pause();
}

function join(way: Way, state: State, ended: () => void): void {
  const { near, far } = way;
  const toFar = lane(far);
  const toNear = lane(near);
  near.on('data', (part) => {
    if (part.includes(LISTENS)) way.listens = true;
    toFar(part, state.delayMs);
  });
  far.on('data', (part) => {
    if (state.deaf && way.listens) state.withheld += 1;
    else toNear(part, way.listens ? state.pushDelayMs : state.delayMs);
  });
  const end = () => {
    near.destroy();
    far.destroy();
    ended();
  };
  for (const socket of [near, far]) socket.on('error', end).on('close', end);
}

/** Writes later what comes, never before what came earlier. */
function lane(to: Socket): (part: Buffer, delayMs: number) => void {
  let last = Promise.resolve();
  let waiting = 0;
  return (part, delayMs) => {
    if (delayMs === 0 && waiting === 0) return void to.write(part);
    const due = performance.now() + delayMs;
    waiting += 1;
    last = last.then(async () => {
      const left = due - performance.now();
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
      waiting -= 1;
      if (!to.destroyed) to.write(part);
    });
  };
}
