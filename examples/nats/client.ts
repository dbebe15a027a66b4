// Publishes to a subject: client.ts URL SUBJECT
import { connect, Events } from 'nats';

const [server = '', subject = ''] = process.argv.slice(2);
const connection = await connect({
  servers: server,
  tls: {
    caFile: '.countersign/ca.crt',
    certFile: '.countersign/derek.crt',
    keyFile: '.countersign/derek.key',
  },
});

// Publishing waits for no answer; a refusal comes as a status of the connection.
let refusal = '';
void (async () => {
  for await (const { type, permissionContext } of connection.status()) {
    if (type === Events.Error) refusal = `may not ${permissionContext?.operation} to this subject`;
  }
})();

connection.publish(subject, 'hello');
await connection.flush();
await connection.close();
process.stdout.write(`${subject}: ${refusal === '' ? 'published' : refusal}\n`);
