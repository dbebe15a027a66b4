import { runCommandLine } from '../../src/cli/command-line.ts';

export interface ConnectRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `connect --json` prints, as far as tests look at it. */
export interface ConnectJson {
  readonly outcome: {
    readonly good: boolean;
    readonly kind: string;
    readonly late: boolean;
    readonly alert: { readonly name: string } | null;
    readonly meaning: string | null;
    readonly remedy: readonly string[];
    readonly notes: readonly string[];
  };
  readonly agreed: { readonly version: string; readonly alpn: string | null };
  readonly greeting: { readonly tlsVerify: boolean } | null;
  readonly messages: readonly { readonly from: string; readonly name: string }[];
  readonly server: { readonly trusted: boolean; readonly anchor: string | null };
  readonly client: {
    readonly askedFor: boolean;
    readonly authorities: readonly string[];
    readonly shown: boolean;
  };
}

/** Runs `countersign connect` in this process, from a folder. */
export async function connectCommand(cwd: string, ...args: readonly string[]): Promise<ConnectRun> {
  let stdout = '';
  let stderr = '';
  const status = await runCommandLine(['connect', ...args], '1.2.3', {
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    env: {},
    cwd,
    program: 'countersign',
    now: Date.now,
    askSecret: async () => null,
  });
  return { status, stdout, stderr };
}

/** The same with `--json`. */
export async function connectJson(
  cwd: string,
  ...args: readonly string[]
): Promise<{ readonly status: number; readonly stderr: string; readonly seen: ConnectJson }> {
  const { status, stdout, stderr } = await connectCommand(cwd, ...args, '--json');
  return { status, stderr, seen: JSON.parse(stdout) as ConnectJson };
}
