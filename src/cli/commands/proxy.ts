import { resolve } from 'node:path';
import type { Command } from 'commander';
import { startFromValue } from '../configuration.ts';
import { type CliContext, CliError } from '../context.ts';
import { serve } from '../serve.ts';

const EXAMPLE = `
Examples:
  $ countersign proxy --listen :9443 --to http://127.0.0.1:8080 \\
      --tlscert server.crt --tlskey server.key --tlscacert ca.crt --tlsverify
  $ countersign proxy --listen 127.0.0.1:9443 --to echo: \\
      --tlscert server.crt --tlskey server.key --tlscacert ca.crt \\
      --tlsverify-and-map --user derek@nats.io --user 'CN=example.com,OU=CNCF'
  $ countersign proxy --listen :4222 --to nats://127.0.0.1:4223 --tlsverify \\
      --tlscert=server.crt --tlskey=server.key --tlscacert=ca.crt

The protocol follows from the scheme of --to: http:, https:, h2:, h2c:, unix:, file: and echo: are
served as HTTPS, nats: as NATS, mqtt: and mqtts: as MQTT, tcp: and tls: as bytes of any protocol.`;

interface ProxyFlags {
  readonly listen: string;
  readonly to: string;
  readonly tlscert?: string;
  readonly tlskey?: string;
  readonly tlscacert?: string;
  readonly tlsverify?: true;
  readonly tlsverifyAndMap?: true;
  readonly user?: readonly string[];
  readonly state?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('proxy')
    .description('run a gateway without a configuration file')
    .requiredOption('--listen <addr>', 'host:port, [v6]:port, :port or unix:/path')
    .requiredOption('--to <url>', 'where the traffic goes')
    .option('--tlscert <file>', 'server certificate, PEM: leaf first, then the intermediates')
    .option('--tlskey <file>', 'its private key, PEM')
    .option('--tlscacert <file>', 'the CA that clients must come from, PEM')
    .option('--tlsverify', 'require a client certificate of --tlscacert')
    .option('--tlsverify-and-map', 'the same, and its user must be one of --user')
    .option(
      '--state <dir>',
      'where to keep the ledger and the socket for status and tail (default: nowhere)',
    )
    .option('--user <name...>', 'users, by email, DNS name, URI or subject of their certificates')
    .addHelpText('after', EXAMPLE)
    .action((flags: ProxyFlags) => {
      checkFlags(flags);
      const stateDir = flags.state === undefined ? null : resolve(context.cwd, flags.state);
      return serve(startFromValue(documentOf(flags), 'proxy', context.cwd, context), { stateDir });
    });
}

/** Says in the words of the flags what the configuration would say in those of its keys. */
function checkFlags(flags: ProxyFlags): void {
  if (flags.tlscert === undefined || flags.tlskey === undefined) {
    const missing = flags.tlscert === undefined ? '--tlscert' : '--tlskey';
    throw new CliError(`${missing} is missing: a TLS listener needs a certificate and its key`);
  }
  const verifies = flags.tlsverify === true || flags.tlsverifyAndMap === true;
  if (verifies && flags.tlscacert === undefined) {
    throw new CliError(
      '--tlscacert is missing: it names the CA that client certificates come from',
    );
  }
  if (flags.tlsverifyAndMap === true && (flags.user ?? []).length === 0) {
    throw new CliError('--user is missing: --tlsverify-and-map admits nobody without a user');
  }
  if (!verifies && flags.user !== undefined) {
    throw new CliError('--user has no meaning without --tlsverify or --tlsverify-and-map');
  }
}

function protocolOf(url: string): 'https' | 'nats' | 'mqtt' | 'tls' {
  if (/^nats:/i.test(url)) return 'nats';
  if (/^mqtts?:/i.test(url)) return 'mqtt';
  return /^(tcp|tls):/i.test(url) ? 'tls' : 'https';
}

function documentOf(flags: ProxyFlags): object {
  return {
    listeners: [
      {
        listen: flags.listen,
        protocol: protocolOf(flags.to),
        tls: {
          cert_file: flags.tlscert,
          key_file: flags.tlskey,
          ...(flags.tlscacert === undefined ? {} : { ca_file: flags.tlscacert }),
          verify: flags.tlsverify === true || flags.tlsverifyAndMap === true,
          verify_and_map: flags.tlsverifyAndMap === true,
        },
        upstream: flags.to,
      },
    ],
    ...(flags.user === undefined
      ? {}
      : { authorization: { users: flags.user.map((user) => ({ user })) } }),
  };
}
