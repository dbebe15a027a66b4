// Asks the server for its greeting, showing client.crt and trusting ca.crt.
import { readFileSync } from 'node:fs';
import { mutualTlsClient } from 'countersign/client';

const client = mutualTlsClient({
  cert: readFileSync('client.crt'),
  key: readFileSync('client.key'),
  ca: readFileSync('ca.crt'),
});

const response = await client.request(`https://localhost:${process.env['PORT'] ?? 3000}/`);
process.stdout.write(`${await response.text()}\n`);
client.close();
