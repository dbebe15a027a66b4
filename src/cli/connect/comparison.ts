import { type HandshakeMeasure, measureHandshake } from '../../tls/probe/measure.ts';
import { type Probe, probeHandshake, type ProbeOptions } from '../../tls/probe/probe.ts';

/** One kind of handshake, done several times. */
export interface MeasuredHandshake {
  /** The first of them, watched to its end. */
  readonly probe: Probe;
  /** Counts of the first, medians of the bytes and times of the others; null: it was not completed. */
  readonly measure: HandshakeMeasure | null;
}

export interface Comparison {
  readonly tls: MeasuredHandshake;
  readonly mutual: MeasuredHandshake;
  /** How many of each the times are the medians of. */
  readonly runs: number;
}

/**
 * Does a handshake without and with a client certificate: each once to be watched, then `runs` times
 * by turns for the times. A kind that is refused is not repeated.
 */
export async function compareHandshakes(
  tls: ProbeOptions,
  mutual: ProbeOptions,
  runs: number,
): Promise<Comparison> {
  const kinds = [await firstOf(tls), await firstOf(mutual)] as const;
  for (let run = 0; run < runs; run++) {
    for (const kind of kinds) await kind.repeat();
  }
  return { tls: kinds[0].result(), mutual: kinds[1].result(), runs };
}

/** Long enough for a ticket to arrive after the handshake, in multiples of the handshake itself. */
const SHORT_WATCHES = 2;
const LEAST_WATCH_MS = 50;

async function firstOf(options: ProbeOptions): Promise<{
  readonly repeat: () => Promise<void>;
  readonly result: () => MeasuredHandshake;
}> {
  const probe = await probeHandshake(options);
  const first = measureHandshake(probe.transcript);
  const later: HandshakeMeasure[] = [];
  const watchMs = Math.min(
    options.watchMs,
    Math.max(LEAST_WATCH_MS, SHORT_WATCHES * (first?.clientMs ?? 0)),
  );
  return {
    async repeat() {
      if (first === null) return;
      const { transcript } = await probeHandshake({ ...options, watchMs });
      const measure = measureHandshake(transcript);
      if (measure !== null) later.push(measure);
    },
    result() {
      if (first === null || later.length === 0) return { probe, measure: first };
      const answered = later.flatMap(({ serverMs }) => (serverMs === null ? [] : [serverMs]));
      const medianOf = (pick: (measure: HandshakeMeasure) => number) => median(later.map(pick));
      const measure: HandshakeMeasure = {
        ...first,
        // A signature may be a byte or two longer than the next.
        bytes: {
          client: Math.round(medianOf(({ bytes }) => bytes.client)),
          server: Math.round(medianOf(({ bytes }) => bytes.server)),
        },
        clientMs: medianOf(({ clientMs }) => clientMs),
        serverMs: answered.length === 0 ? null : median(answered),
      };
      return { probe, measure };
    },
  };
}

/** The middle of at least one number. */
function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
