// A program: an HTTP/1.1 server that answers every request with `steady`; prints its port.
import { createServer, type Socket } from 'node:net';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsteady';
const END = Buffer.from('\r\n\r\n');

function serve(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (bytes: Buffer) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    for (let end = rest.indexOf(END); end !== -1; end = rest.indexOf(END)) {
      rest = rest.subarray(end + END.length);
      socket.write(ANSWER);
    }
  });
}

const server = createServer({ noDelay: true }, serve).listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
