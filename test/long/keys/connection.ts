import { connect } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One kept connection, one request at a time. Costs far less than Node's client, which would be what is measured. */
export interface Connection {
  send(path: string, key?: string): Promise<Answer>;
  close(): void;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export function openConnection(port: number): Connection {
  const socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
  let received = '';
  let waiting: Waiting | undefined;
  socket.on('data', (chunk) => {
    received += String(chunk);
    const answer = readAnswer(received);
    if (answer === undefined) return;
    received = '';
    waiting?.resolve(answer);
    waiting = undefined;
  });
  const fail = () => waiting?.reject(new Error('the connection was lost'));
  socket.on('error', fail);
  socket.on('close', fail);
  return {
    send: (path, key) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        const credential = key === undefined ? '' : `x-api-key: ${key}\r\n`;
        socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${credential}\r\n`);
      }),
    close: () => socket.destroy(),
  };
}

/** The answer, once it is whole. */
function readAnswer(text: string): Answer | undefined {
  const head = text.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
  if (head < 0 || length === undefined || text.length < head + 4 + Number(length)) return undefined;
  return { status: Number(text.slice(9, 12)), text: text.slice(head + 4) };
}
