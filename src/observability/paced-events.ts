import { type EventSink, type GatewayEvent, levelOf } from './event.ts';

/** How many events that are alike are passed on before they are counted instead. */
const BURST = 5;
/** How often is told what was counted, milliseconds. */
const WINDOW_MS = 10_000;
/** Kinds of events that are told apart at a time; further ones are counted together. */
const MAX_PACES = 500;
/** Certificates of one pace that get a line each whatever went before: they are clients of their own. */
const MAX_CLIENTS = 100;

interface Pace {
  readonly of: GatewayEvent['event'];
  readonly cause: string;
  readonly remoteAddress: string | null;
  since: number;
  passed: number;
  held: number;
  lastId: string | null;
  /** Fingerprints. */
  readonly clients: Set<string>;
}

/**
 * Passes events on, those that are alike (of one kind, cause and address) five at a time: what follows is
 * counted, and told every ten seconds as `12 more like it`, until ten seconds pass without one. So a
 * client that tries again and again costs a line in ten seconds, and the memory is bounded. A certificate
 * that was not seen before has its line all the same: many clients can come from one address.
 */
export class PacedEvents {
  readonly #emit: EventSink;
  readonly #now: () => number;
  readonly #paces = new Map<string, Pace>();
  #timer: NodeJS.Timeout | null = null;

  /** `now` is in milliseconds and never goes back. */
  constructor(emit: EventSink, now: () => number = () => performance.now()) {
    this.#emit = emit;
    this.#now = now;
  }

  readonly take: EventSink = (event) => {
    if (event.event === 'stopping') this.flush();
    const likeness = likenessOf(event);
    if (likeness === null) return this.#emit(event);
    const pace = this.#paceOf(event, likeness);
    if (pace.passed < BURST || isNewClient(pace, likeness.client)) {
      pace.passed++;
      if (likeness.client !== null) pace.clients.add(likeness.client);
      this.#emit(event);
    } else {
      pace.held++;
      pace.lastId = likeness.id;
    }
  };

  /** Tells what is due by now. Comes by itself, every second. */
  tell(): void {
    const now = this.#now();
    for (const [key, pace] of this.#paces) {
      if (now - pace.since < WINDOW_MS) continue;
      if (pace.held === 0) this.#paces.delete(key);
      else this.#tellOf(pace, now);
    }
    if (this.#paces.size > 0) return;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Tells everything that was counted, at once. */
  flush(): void {
    const now = this.#now();
    for (const pace of this.#paces.values()) if (pace.held > 0) this.#tellOf(pace, now);
  }

  #tellOf(pace: Pace, now: number): void {
    const { of, cause, remoteAddress, held: count, lastId } = pace;
    const seconds = Math.max(1, Math.round((now - pace.since) / 1000));
    this.#emit({ event: 'more-like-it', of, cause, remoteAddress, count, seconds, lastId });
    pace.since = now;
    pace.held = 0;
  }

  #paceOf({ event: of }: GatewayEvent, { cause, address, scope }: Likeness): Pace {
    const key = `${of} ${cause} ${scope} ${address}`;
    const known = this.#paces.get(key);
    if (known !== undefined) return known;
    this.#timer ??= setInterval(() => this.tell(), 1000).unref();
    if (this.#paces.size < MAX_PACES) return this.#begin(key, of, cause, address, 0);
    const others = `${of} others`;
    return this.#paces.get(others) ?? this.#begin(others, of, 'various causes', null, BURST);
  }

  #begin(
    key: string,
    of: GatewayEvent['event'],
    cause: string,
    remoteAddress: string | null,
    passed: number,
  ): Pace {
    const since = this.#now();
    const pace = {
      of,
      cause,
      remoteAddress,
      since,
      passed,
      held: 0,
      lastId: null,
      clients: new Set<string>(),
    };
    this.#paces.set(key, pace);
    return pace;
  }
}

function isNewClient({ clients, remoteAddress }: Pace, client: string | null): boolean {
  if (client === null || remoteAddress === null) return false;
  return clients.size < MAX_CLIENTS && !clients.has(client);
}

/** By what events are alike. */
interface Likeness {
  readonly cause: string;
  readonly address: string | null;
  /** The listener or upstream. */
  readonly scope: string;
  /** Fingerprint of the certificate that was shown. */
  readonly client: string | null;
  readonly id: string | null;
}

/** null: an event of this kind is always worth its line, or never written. */
function likenessOf(event: GatewayEvent): Likeness | null {
  switch (event.event) {
    case 'handshake': {
      const { cause, remoteAddress: address, listener: scope, id } = event;
      const client = event.peer?.fingerprint ?? null;
      if (cause === null || levelOf(event) === 'debug') return null;
      return { cause, address, scope, client, id };
    }
    case 'request-refused': {
      const { cause, remoteAddress: address, listener: scope, id } = event;
      return { cause, address, scope, client: null, id };
    }
    case 'passed-through':
    case 'credentials-ignored': {
      const { remoteAddress: address, listener: scope, id } = event;
      return { cause: event.event, address, scope, client: null, id };
    }
    case 'upstream-failed': {
      const { code, upstream: scope, id } = event;
      return { cause: `${scope}: ${code}`, address: null, scope, client: null, id };
    }
    case 'enrolment-refused': {
      const { cause, remoteAddress: address } = event;
      return { cause, address, scope: 'ca', client: null, id: null };
    }
    case 'fault':
      return { cause: event.error, address: null, scope: event.where, client: null, id: null };
    default:
      return null;
  }
}
