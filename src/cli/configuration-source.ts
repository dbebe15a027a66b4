import { type Command, Option } from 'commander';
import type { AdapterName } from '../config/adapters/adapter.ts';
import { ADAPTER_NAMES, loadAdapter } from '../config/adapters/adapters.ts';
import type { AdaptedFile } from '../config/load-adapted.ts';
import { CliError } from './context.ts';

/** A configuration on the command line: our own, or another program's. */
export interface ConfigurationSource {
  readonly file: string;
  /** null: our own. */
  readonly adapted: AdaptedFile | null;
}

export interface AdapterFlags {
  readonly adapter?: AdapterName;
  readonly upstream?: string;
}

/** Adds `--adapter` and `--upstream`. */
export function addAdapterFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--adapter <name>', "the configuration is another program's").choices(
        ADAPTER_NAMES,
      ),
    )
    .addOption(upstreamOption());
}

export function upstreamOption(): Option {
  return new Option(
    '--upstream <url>',
    'with the adapter nats: where the nats-server is (default: 127.0.0.1, the port after the one that is listened on); with apisix: where traffic goes that has no routes',
  );
}

/** The file with its adapter, which is loaded when it is first chosen. */
export async function configurationSource(
  file: string,
  { adapter, upstream }: AdapterFlags,
): Promise<ConfigurationSource> {
  if (adapter === undefined) {
    if (upstream === undefined) return { file, adapted: null };
    throw new CliError('--upstream has no meaning without --adapter nats: the file says it');
  }
  return {
    file,
    adapted: { file, adapter: await loadAdapter(adapter), upstream: upstream ?? null },
  };
}
