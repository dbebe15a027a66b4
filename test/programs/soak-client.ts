// A program: makes connections and requests, as many as it is told, and prints what came of them.
//   soak-client.ts PORT CERTIFICATES CONNECTIONS REQUESTS-EACH BATCH LANES http/1.1|h2
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import * as tls from 'node:tls';

const [port = '', folder = '', connections = '', each = '', batch = '', lanes = '', alpn = ''] =
  process.argv.slice(2);
const file = (name: string): Buffer => readFileSync(join(folder, name));
const secureContext = tls.createSecureContext({
  ca: file('ca.crt'),
  cert: file('client.crt'),
  key: file('client.key'),
  ecdhCurve: 'X25519',
});
const REQUEST = Buffer.from('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n');
const ANSWER_END = Buffer.from('\r\n\r\nsteady');
/** Of so many connections one is made without a session. */
const WHOLE_HANDSHAKES = 8;

let left = Number(connections);
let answered = 0;
let failed = 0;
let resumed = 0;
/** The newest one. */
let session: Buffer | undefined;

await Promise.all(Array.from({ length: Number(lanes) }, lane));
process.stdout.write(`${JSON.stringify({ answered, failed, resumed })}\n`);

async function lane(): Promise<void> {
  while (left > 0) {
    left--;
    await (alpn === 'h2' ? connectionByHttp2() : connection());
  }
}

function open(): tls.TLSSocket {
  const socket = tls.connect({
    host: '127.0.0.1',
    port: Number(port),
    servername: 'localhost',
    secureContext,
    ALPNProtocols: [alpn],
    ...(session !== undefined && left % WHOLE_HANDSHAKES !== 0 ? { session } : {}),
  });
  socket.on('secureConnect', () => {
    if (socket.isSessionReused()) resumed++;
  });
  socket.on('session', (fresh: Buffer) => (session = fresh));
  socket.on('error', () => {});
  return socket;
}

/** Requests are sent in batches, the next one when the last is answered. */
function connection(): Promise<void> {
  return new Promise((resolve) => {
    const socket = open();
    let rest = Number(each);
    let waiting = 0;
    let received: Buffer = Buffer.alloc(0);
    const ask = (): void => {
      waiting = Math.min(rest, Number(batch));
      socket.write(Buffer.concat(Array.from({ length: waiting }, () => REQUEST)));
    };
    socket.on('secureConnect', ask);
    socket.on('data', (bytes: Buffer) => {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
      for (let at = received.indexOf(ANSWER_END); at !== -1; at = received.indexOf(ANSWER_END)) {
        received = received.subarray(at + ANSWER_END.length);
        answered++;
        rest--;
        waiting--;
      }
      if (rest === 0) socket.end();
      else if (waiting === 0) ask();
    });
    socket.on('close', () => {
      if (rest > 0) failed++;
      resolve();
    });
  });
}

/** As many requests at a time as a batch has. */
function connectionByHttp2(): Promise<void> {
  return new Promise((resolve) => {
    const client = connectHttp2('https://localhost', { createConnection: open });
    let unasked = Number(each);
    let rest = unasked;
    client.on('error', () => {});
    const ask = (): void => {
      unasked--;
      const stream = client.request({ ':path': '/x' });
      stream.on('error', () => {});
      stream.on('end', () => {
        answered++;
        rest--;
        if (unasked > 0) ask();
        else if (rest === 0) client.close();
      });
      stream.resume();
    };
    client.on('connect', () => {
      for (let count = Math.min(unasked, Number(batch)); count > 0; count--) ask();
    });
    client.on('close', () => {
      if (rest > 0) failed++;
      resolve();
    });
  });
}
