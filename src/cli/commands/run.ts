import type { Command } from 'commander';
import { readSource, type ReadSource, startFrom } from '../configuration.ts';
import { countWorkers, SpareWorkers } from '../../gateway/spare-workers.ts';
import {
  addAdapterFlags,
  type AdapterFlags,
  type ConfigurationSource,
  configurationSource,
} from '../configuration-source.ts';
import { unlockerFor } from '../authority-passphrase.ts';
import type { CliContext } from '../context.ts';

const EXAMPLE = `
Examples:
  $ countersign run countersign.yaml
  $ countersign run nats.conf --adapter nats --upstream nats://127.0.0.1:4223
  $ countersign run /etc/nginx/nginx.conf --adapter nginx

countersign.yaml:
  listeners:
    - listen: 0.0.0.0:9443
      protocol: https
      tls: { cert_file: server.crt, key_file: server.key, ca_file: ca.crt, verify: true }
      upstream: http://127.0.0.1:8080

Events go to standard error, a line of JSON each. The configuration is read again when it or a file it
names changes, and on SIGHUP; one that can't be used leaves the last good one in force. SIGTERM or SIGINT (Ctrl-C) lets requests in flight
end, then stops; a second one stops at once.`;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .description('run the gateway that a configuration file describes')
    .argument('<config>', 'configuration file, YAML or JSON, or with --adapter of another program');
  addAdapterFlags(command)
    .addHelpText('after', EXAMPLE)
    .action(async (config: string, flags: AdapterFlags) => {
      const source = await configurationSource(config, flags);
      const read = readSource(source, context);
      const spares = spareWorkersFor(read);
      try {
        await serveSource(source, read, spares, context);
      } finally {
        spares.close();
      }
    });
}

/** Several workers load their program meanwhile; a single one is this process. */
function spareWorkersFor({ configuration: { likelyWorkers } }: ReadSource): SpareWorkers {
  const count = likelyWorkers === null ? 1 : countWorkers(likelyWorkers);
  return new SpareWorkers(count === 1 ? 0 : count);
}

async function serveSource(
  source: ConfigurationSource,
  read: ReadSource,
  spares: SpareWorkers,
  context: CliContext,
): Promise<void> {
  const { serve } = await import('../serve.ts');
  await serve(startFrom(read, context), {
    spares,
    reload: () => readSource(source, context).configuration,
    unlock: unlockerFor(context),
    ready: (_, dashboard) => {
      if (context.isTerminal !== true || dashboard === null) return;
      context.stdout(`The dashboard, once: ${dashboard.loginUrl()}\n`);
    },
  });
}
