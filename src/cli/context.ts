/** What a command sees of the world. Only cli/main makes one from the process; tests make their own. */
export interface CliContext {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths on the command line start here: `.` in the process itself, so that they print as they were typed. */
  readonly cwd: string;
  /** How the user called this program, for the "Next:" lines: `countersign` or `node bin/countersign.js`. */
  readonly program: string;
  /** Whether standard output is a terminal; absent: it is none. */
  readonly isTerminal?: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Asks for a secret on the terminal without showing it; null where there is no terminal to ask on. */
  readonly askSecret: (question: string) => Promise<string | null>;
}

/** What went wrong in words for the user: one line that says what, where and what to do. Exit status 1. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** Ends a command with this exit status although everything that was to be said has been printed. */
export class CliExit extends Error {
  override readonly name = 'CliExit';
  readonly status: number;

  constructor(status: number) {
    super(`exit status ${status}`);
    this.status = status;
  }
}
