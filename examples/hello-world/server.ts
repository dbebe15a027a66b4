// Answers Hello World to clients with a certificate of ca.crt; without one the handshake fails.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { mutualTls } from 'countersign/server';

const guard = mutualTls({
  cert: readFileSync('server.crt'),
  key: readFileSync('server.key'),
  ca: readFileSync('ca.crt'),
});

createServer(guard.tlsOptions, (request, response) => {
  const { decision } = guard.identify(request);
  response.writeHead(decision.decision === 'admit' ? 200 : 403, { 'Content-Type': 'text/plain' });
  response.end(decision.decision === 'admit' ? 'Hello World' : 'Forbidden');
}).listen(Number(process.env['PORT'] ?? 3000), 'localhost');
