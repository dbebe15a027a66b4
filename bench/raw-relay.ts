// Relays bytes between a port and another, and nothing else: raw-relay.ts PORT UPSTREAM_PORT
import { connect, createServer, type Socket } from 'node:net';

const [port, upstreamPort] = process.argv.slice(2).map(Number);

createServer({ noDelay: true }, (client) => {
  const upstream = connect({ host: '127.0.0.1', port: upstreamPort ?? 0, noDelay: true });
  relay(client, upstream);
  relay(upstream, client);
}).listen({ host: '127.0.0.1', port, backlog: 4096 });

function relay(from: Socket, to: Socket): void {
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
  from.pipe(to);
}
