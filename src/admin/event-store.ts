import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Follower } from '../gateway/observer.ts';
import type { GatewayEvent } from '../observability/event.ts';

/** The table of what happened; the columns beside `event` are what it is searched by. */
export const EVENT_STEPS = [
  `
  CREATE TABLE events (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, handshake TEXT,
    outcome TEXT, finding TEXT, user TEXT, address TEXT, listener TEXT, event TEXT NOT NULL
  );
  CREATE INDEX events_by_handshake ON events (handshake);
  CREATE INDEX events_by_outcome ON events (kind, outcome, id);
  `,
  // Counting goes through this alone: the rows themselves are long.
  `
  CREATE INDEX events_by_everything
    ON events (kind, id, outcome, finding, user, address, listener, at);
  `,
] as const;

/** An event with its number, which grows. */
export interface NumberedEvent {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly event: GatewayEvent;
}

/** Which handshakes are asked for; what is given must all hold. */
export interface HandshakeQuery {
  /** `observed`: admitted, though mode `true` would have refused it. */
  readonly outcome?: 'admitted' | 'observed' | 'refused' | undefined;
  readonly finding?: string | undefined;
  readonly user?: string | undefined;
  readonly address?: string | undefined;
  readonly listener?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit: number;
  readonly offset: number;
}

const FLUSH_MS = 500;
/** Events that wait for the disk; beyond them they are dropped, and counted. */
const MAX_PENDING = 20_000;
/** More than one process can have given out without storing them. */
const GAP = 1_000_000;

/**
 * The latest of what happened, in SQLite: handshakes with their findings, refused requests and the rest.
 * Of clients that were simply admitted there are some only where many come at once: a row costs what a
 * tenth of a handshake does, and refusals would be gone for them within minutes.
 * Written some times a second; what was not is lost with a sudden end.
 */
export class EventStore {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #capacity: number;
  readonly #onFault: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #readers = new Set<(event: NumberedEvent) => void>();
  #pending: NumberedEvent[] = [];
  #next: number;
  /** Rows in the table. */
  #stored: number;

  /** `database` was opened with EVENT_STEPS, and is closed with this. */
  constructor(database: DatabaseSync, onFault: (error: Error) => void, capacity = 100_000) {
    this.#database = database;
    this.#onFault = onFault;
    this.#capacity = capacity;
    this.#insert = database.prepare(
      `INSERT INTO events VALUES ($id, $at, $kind, $handshake, $outcome, $finding, $user, $address,
         $listener, $event)`,
    );
    const table = database.prepare('SELECT count(*) AS n, max(id) AS last FROM events').get();
    this.#stored = Number(table?.['n'] ?? 0);
    const last = Number(table?.['last'] ?? 0);
    this.#next = last === 0 ? 1 : Math.ceil((last + 1) / GAP) * GAP;
    this.#timer = setInterval(() => this.flush(), FLUSH_MS).unref();
  }

  /** Takes what the gateway tells of itself. */
  readonly follower: Follower = {
    wantsAdmitted: 'some',
    take: ({ at, event }) => {
      const numbered = { id: this.#next++, at, event };
      if (this.#pending.length < MAX_PENDING) this.#pending.push(numbered);
      for (const reader of this.#readers) reader(numbered);
    },
    end: () => this.flush(),
  };

  /** Hands on events as they come, until the function that is returned is called. */
  read(reader: (event: NumberedEvent) => void): () => void {
    this.#readers.add(reader);
    return () => void this.#readers.delete(reader);
  }

  /** What happened after the event of this number, oldest first. */
  since(id: number, limit: number): NumberedEvent[] {
    this.flush();
    return this.#database
      .prepare('SELECT id, at, event FROM events WHERE id > $id ORDER BY id LIMIT $limit')
      .all({ id, limit })
      .map(eventOf);
  }

  /** Newest first. */
  handshakes(query: HandshakeQuery): { readonly events: NumberedEvent[]; readonly total: number } {
    this.flush();
    const { limit, offset, from, to, ...equal } = query;
    const conditions = ["kind = 'handshake'"];
    const parameters: Record<string, SQLInputValue> = {};
    for (const [column, value] of Object.entries(equal)) {
      if (value === undefined) continue;
      conditions.push(`${column} = $${column}`);
      parameters[column] = value;
    }
    if (from !== undefined) {
      conditions.push('at >= $from');
      parameters['from'] = from;
    }
    if (to !== undefined) {
      conditions.push('at < $to');
      parameters['to'] = to;
    }
    const where = conditions.join(' AND ');
    const rows = this.#database
      .prepare(
        `SELECT id, at, event FROM events WHERE ${where} ORDER BY id DESC LIMIT $limit OFFSET $offset`,
      )
      .all({ ...parameters, limit, offset });
    const count = this.#database.prepare(`SELECT count(*) AS n FROM events WHERE ${where}`);
    return { events: rows.map(eventOf), total: Number(count.get(parameters)?.['n'] ?? 0) };
  }

  /** Everything that is known of one connection, oldest first. */
  ofHandshake(handshake: string): NumberedEvent[] {
    this.flush();
    return this.#database
      .prepare(
        'SELECT id, at, event FROM events WHERE handshake = $handshake ORDER BY id LIMIT 1000',
      )
      .all({ handshake })
      .map(eventOf);
  }

  /** Writes what waits. A full disk must not end the gateway: it is told, and what waits is lost. */
  flush(): void {
    const events = this.#pending;
    const last = events.at(-1);
    if (last === undefined) return;
    this.#pending = [];
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        for (const event of events) this.#insert.run(rowOf(event));
        const stored = this.#stored + events.length;
        const removed = stored > this.#capacity ? this.#makeRoom() : 0;
        this.#database.exec('COMMIT');
        this.#stored = stored - removed;
      } catch (error) {
        this.#database.exec('ROLLBACK');
        throw error;
      }
    } catch (error) {
      this.#onFault(error instanceof Error ? error : new Error(String(error)));
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
    this.#database.close();
  }

  /** For many at once: finding the oldest that stays goes over all that stay. Returns how many went. */
  #makeRoom(): number {
    const enough = this.#capacity - Math.floor(this.#capacity / 16);
    const { changes } = this.#database
      .prepare(
        `DELETE FROM events
           WHERE id <= (SELECT id FROM events ORDER BY id DESC LIMIT 1 OFFSET $enough)`,
      )
      .run({ enough });
    return Number(changes);
  }
}

function eventOf(row: Record<string, unknown>): NumberedEvent {
  return {
    id: Number(row['id']),
    at: Number(row['at']),
    event: JSON.parse(String(row['event'])) as GatewayEvent,
  };
}

function rowOf({ id, at, event }: NumberedEvent): Record<string, SQLInputValue> {
  const row = { id, at, kind: event.event, event: JSON.stringify(event) };
  const none = { handshake: null, outcome: null, finding: null, user: null };
  switch (event.event) {
    case 'handshake': {
      const { cause, listener, user } = event;
      const outcome = event.outcome === 'admitted' && cause !== null ? 'observed' : event.outcome;
      const { id: handshake, remoteAddress: address } = event;
      return { ...row, handshake, outcome, finding: cause, user, address, listener };
    }
    case 'request-refused': {
      const { id: handshake, cause: finding, user, remoteAddress: address, listener } = event;
      return { ...row, handshake, outcome: 'refused', finding, user, address, listener };
    }
    default: {
      const handshake = 'id' in event ? event.id : null;
      return { ...row, ...none, handshake, address: null, listener: null };
    }
  }
}
