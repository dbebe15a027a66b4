// What stands behind the contenders where nginx would not do: upstream.ts KIND PORT BYTES
//   sink    HTTP: answers each request with the length and the CRC-32 of its body
//   echo    returns the bytes that come
//   source  answers each message of 64 bytes with so many bytes of a pattern
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { crc32 } from 'node:zlib';
import { SOURCE_MESSAGE_BYTES, sourceBytes } from './pattern.ts';

const [kind, port, bytes] = process.argv.slice(2);
const where = { host: '127.0.0.1', port: Number(port), backlog: 4096 };

if (kind === 'sink') {
  createHttpServer((request, response) => {
    let length = 0;
    let sum = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      sum = crc32(chunk, sum);
    });
    request.on('end', () => response.end(`${length} bytes, CRC-32 ${sum}`));
  }).listen(where);
} else {
  const answer = sourceBytes(Number(bytes));
  createServer({ noDelay: true }, (socket) => {
    let received = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      if (kind === 'echo') {
        socket.write(chunk);
        return;
      }
      received += chunk.length;
      for (; received >= SOURCE_MESSAGE_BYTES; received -= SOURCE_MESSAGE_BYTES) {
        socket.write(answer);
      }
    });
  }).listen(where);
}
