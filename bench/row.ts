/** One line of the report: what one contender did in one scenario. Medians over the rounds. */
export interface Row {
  /** What was done, such as `handshake: full, P-256` or `pki: issue a P-256 leaf`. */
  readonly scenario: string;
  /** Who did it, such as `countersign` or `nginx`. Ratios are to `countersign` of the same scenario. */
  readonly contender: string;
  /** Operations measured, all rounds together. */
  readonly operations: number;
  /** CPU time of the contender, user and system, for one operation. */
  readonly cpuMicroseconds: number;
  /** The same of each round; absent where there are none. Contenders of one scenario took turns in each. */
  readonly cpuByRound?: readonly number[];
  /** Operations a second while it was measured. */
  readonly perSecond: number;
  /** As the client saw it; null where no client waits. */
  readonly latencyMs: { readonly p50: number; readonly p99: number } | null;
  /** Operations that failed or were answered wrongly. More than none fails the run. */
  readonly errors: number;
  /** Of the operations, those that resumed a session; null where there are none to resume. */
  readonly resumed: number | null;
  /** What else was seen, such as memory; each a line of the report. */
  readonly notes?: readonly string[];
}
