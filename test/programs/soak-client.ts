// A program: makes connections and requests, as many as it is told, and prints what came of them.
//   soak-client.ts PORT CERTIFICATES CONNECTIONS REQUESTS-EACH LANES http/1.1|h2
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import * as tls from 'node:tls';

const [port = '', folder = '', connections = '', each = '', lanes = '', alpn = ''] =
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

let left = Number(connections);
let answered = 0;
let failed = 0;
/** A session is kept for half of the connections. */
let session: Buffer | undefined;

await Promise.all(Array.from({ length: Number(lanes) }, lane));
process.stdout.write(`${JSON.stringify({ answered, failed })}\n`);

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
    ...(session !== undefined && left % 2 === 0 ? { session } : {}),
  });
  socket.on('session', (fresh: Buffer) => (session = fresh));
  socket.on('error', () => {});
  return socket;
}

function connection(): Promise<void> {
  return new Promise((resolve) => {
    const socket = open();
    let rest = Number(each);
    let received: Buffer = Buffer.alloc(0);
    socket.on('secureConnect', () => socket.write(REQUEST));
    socket.on('data', (bytes: Buffer) => {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
      if (!received.subarray(-ANSWER_END.length).equals(ANSWER_END)) return;
      received = Buffer.alloc(0);
      answered++;
      rest--;
      if (rest > 0) socket.write(REQUEST);
      else socket.end();
    });
    socket.on('close', () => {
      if (rest > 0) failed++;
      resolve();
    });
  });
}

function connectionByHttp2(): Promise<void> {
  return new Promise((resolve) => {
    const client = connectHttp2('https://localhost', { createConnection: open });
    let rest = Number(each);
    client.on('error', () => {});
    const ask = (): void => {
      const stream = client.request({ ':path': '/x' });
      stream.on('error', () => {});
      stream.on('end', () => {
        answered++;
        rest--;
        if (rest > 0) ask();
        else client.close();
      });
      stream.resume();
    };
    client.on('connect', ask);
    client.on('close', () => {
      if (rest > 0) failed++;
      resolve();
    });
  });
}
