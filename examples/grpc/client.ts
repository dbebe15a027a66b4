// node client.ts NAME get|set|watch: calls the service with the certificate of that name.
import { readFileSync } from 'node:fs';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { type Count, stock } from './stock.ts';

const [name = '', call = ''] = process.argv.slice(2);
const file = (path: string): Buffer => readFileSync(`.countersign/${path}`);
const client = new Client(
  'localhost:9443',
  credentials.createSsl(file('ca.crt'), file(`${name}.key`), file(`${name}.crt`)),
);

if (call === 'watch') {
  const { path, requestSerialize, responseDeserialize } = stock.Watch;
  const request: Count = { item: 'screws' };
  const counts = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
  );
  for await (const { count } of counts as AsyncIterable<Count>) console.log(`${count} left`);
} else {
  const { path, requestSerialize, responseDeserialize } = call === 'set' ? stock.Set : stock.Get;
  const request: Count = { item: 'screws', count: 2 };
  client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, print);
}

function print(error: ServiceError | null, answer?: Count): void {
  if (error !== null) console.log(error.message);
  else console.log(`${answer?.count} ${answer?.item} left, for ${answer?.caller}`);
  client.close();
}
