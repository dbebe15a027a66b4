/** One line of the report: what one contender did in one scenario. Medians over the rounds. */
export interface Row {
  /** What was done, such as `handshake: full, P-256` or `pki: issue a P-256 leaf`. */
  readonly scenario: string;
  /** Who did it, such as `countersign` or `nginx`. Ratios are to `countersign` of the same scenario. */
  readonly contender: string;
  /** Operations measured, all rounds together. */
  readonly operations: number;
  /** CPU time of the contender, user and system, for one operation; NaN where something else is compared. */
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
  /** What is compared instead of CPU time, such as memory: less is better. */
  readonly figure?: { readonly value: number; readonly unit: string };
  /** Further figures by name, which aims are judged by. */
  readonly details?: Readonly<Record<string, number>>;
  /** Why there are no figures: the contender could not be started, or gave up. */
  readonly failure?: string;
  /** What else was seen, such as memory; each a line of the report. */
  readonly notes?: readonly string[];
}

const NOTHING = {
  operations: 0,
  cpuMicroseconds: Number.NaN,
  perSecond: Number.NaN,
  latencyMs: null,
  errors: 0,
  resumed: null,
};

/** A contender that has no figures, and why. */
export function failedRow(scenario: string, contender: string, error: unknown): Row {
  const failure = error instanceof Error ? error.message : String(error);
  return { ...NOTHING, scenario, contender, failure };
}

/** A row whose figure is not CPU time. */
export function figureRow(
  scenario: string,
  contender: string,
  figure: { readonly value: number; readonly unit: string },
  more: Partial<Row> = {},
): Row {
  return { ...NOTHING, scenario, contender, figure, ...more };
}
