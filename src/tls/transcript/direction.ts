import { ByteQueue } from './byte-queue.ts';
import { readHandshakeMessage, TLS13 } from './handshake-message.ts';
import type { Message } from './message.ts';
import type { Negotiation } from './negotiation.ts';
import type { RecordOpener } from './record-opener.ts';
import { RECORD, RecordReader, type TlsRecord } from './records.ts';
import type { SentBytes, Side, TranscriptEntry } from './transcript.ts';

/** Longest handshake message that is put together, in bytes. */
const MAX_MESSAGE = 256 * 1024;
const MAX_START = 256;
const HEADER_LENGTH = 4;

/** Reads what one side sends, and adds an entry for each message until `add` takes no more. */
export class DirectionReader {
  readonly #side: Side;
  readonly #negotiation: Negotiation;
  readonly #add: (entry: TranscriptEntry) => boolean;
  readonly #records = new RecordReader();
  readonly #messages = new ByteQueue();
  /** No message is whole before this many bytes of them are there. */
  #need = HEADER_LENGTH;
  #opener: RecordOpener | null = null;
  /** From here on records of this side are protected. */
  #protected = false;
  #keys: 'none' | 'handshake' | 'application' = 'none';
  #broken = false;
  #atMs = 0;
  #received = 0;
  #handshakeBytes: number | null = null;

  constructor(side: Side, negotiation: Negotiation, add: (entry: TranscriptEntry) => boolean) {
    this.#side = side;
    this.#negotiation = negotiation;
    this.#add = add;
  }

  get sent(): SentBytes {
    return { total: this.#received, handshake: this.#handshakeBytes };
  }

  push(bytes: Buffer, atMs: number): void {
    this.#received += bytes.length;
    this.#atMs = atMs;
    if (this.#broken) return;
    this.#records.push(bytes);
    while (!this.#broken) {
      const record = this.#records.next();
      if (record.kind === 'incomplete') return;
      if (record.kind === 'foreign') this.#foreign(record.bytes);
      else this.#record(record);
    }
  }

  /** Nothing more comes. */
  end(): void {
    const waiting = this.#records.waiting + this.#messages.length;
    if (!this.#broken && waiting > 0) this.#entry({ kind: 'unfinished' }, waiting, false);
  }

  #record(record: TlsRecord): void {
    if (record.type === RECORD.changeCipherSpec) this.#changeCipherSpec(record);
    else if (this.#isProtected(record.type)) this.#open(record);
    else this.#content(record.type, record.fragment, false);
  }

  #isProtected(type: number): boolean {
    if (this.#negotiation.version !== TLS13) return this.#protected;
    return type === RECORD.applicationData;
  }

  #changeCipherSpec({ fragment }: TlsRecord): void {
    this.#entry({ kind: 'change-cipher-spec' }, fragment.length, false);
    const { version } = this.#negotiation;
    if (version === TLS13 || version === 0 || this.#protected) return;
    this.#protected = true;
    this.#opener = this.#negotiation.legacyOpener(this.#side);
  }

  #open(record: TlsRecord): void {
    // A client learns of TLS 1.3 by the server's hello and has keys from there on.
    if (this.#keys === 'none' && this.#negotiation.version === TLS13) this.#useHandshakeKeys();
    const opened = this.#opener?.open(record.header, record.fragment) ?? null;
    if (opened !== null) {
      this.#content(opened.type, opened.bytes, true);
      return;
    }
    const content =
      record.type === RECORD.alert
        ? 'alert'
        : record.type === RECORD.handshake
          ? 'handshake'
          : 'unknown';
    this.#entry({ kind: 'encrypted', content }, record.fragment.length, true);
  }

  #content(type: number, bytes: Buffer, encrypted: boolean): void {
    switch (type) {
      case RECORD.handshake:
        this.#handshake(bytes, encrypted);
        return;
      case RECORD.alert:
        if (bytes.length !== 2) this.#malformed('an alert has a wrong length', bytes.length);
        else {
          const alert = {
            kind: 'alert',
            fatal: bytes[0] === FATAL,
            description: bytes[1],
          } as const;
          this.#entry(alert, bytes.length, encrypted);
        }
        return;
      case RECORD.applicationData:
        this.#entry(
          { kind: 'application-data', start: bytes.subarray(0, MAX_START) },
          bytes.length,
          encrypted,
        );
        return;
      default:
        this.#malformed(`a record of the unknown type ${type}`, bytes.length);
    }
  }

  #handshake(bytes: Buffer, encrypted: boolean): void {
    this.#messages.push(bytes);
    while (!this.#broken && this.#messages.length >= this.#need) {
      const waiting = this.#messages.peek();
      const end = HEADER_LENGTH + waiting.readUIntBE(1, 3);
      if (end > MAX_MESSAGE) {
        this.#malformed(`a handshake message of ${end} bytes`, waiting.length);
      } else if (waiting.length < end) {
        this.#need = end;
      } else {
        this.#messages.drop(end);
        this.#need = HEADER_LENGTH;
        this.#complete(waiting[0], waiting.subarray(HEADER_LENGTH, end), encrypted);
      }
    }
  }

  #complete(type: number, body: Buffer, encrypted: boolean): void {
    const message = readHandshakeMessage(type, body, this.#negotiation.version);
    this.#entry(message, HEADER_LENGTH + body.length, encrypted);
    switch (message.kind) {
      case 'malformed':
        this.#broken = true;
        return;
      case 'client-hello':
        this.#negotiation.clientRandom = body.subarray(2, 34);
        return;
      case 'server-hello':
        this.#negotiation.serverRandom = body.subarray(2, 34);
        this.#negotiation.choose(message.version, message.cipherSuite);
        if (message.version === TLS13) this.#useHandshakeKeys();
        return;
      case 'finished':
        this.#handshakeBytes ??= this.#received - this.#records.waiting;
        if (this.#negotiation.version === TLS13) this.#useApplicationKeys();
        return;
      case 'key-update':
        this.#opener = this.#opener?.updated() ?? null;
        return;
      default:
    }
  }

  #useHandshakeKeys(): void {
    this.#keys = 'handshake';
    this.#opener = this.#negotiation.openerFor(
      this.#side === 'client'
        ? 'CLIENT_HANDSHAKE_TRAFFIC_SECRET'
        : 'SERVER_HANDSHAKE_TRAFFIC_SECRET',
    );
  }

  #useApplicationKeys(): void {
    this.#keys = 'application';
    this.#opener = this.#negotiation.openerFor(
      this.#side === 'client' ? 'CLIENT_TRAFFIC_SECRET_0' : 'SERVER_TRAFFIC_SECRET_0',
    );
  }

  #foreign(bytes: Buffer): void {
    this.#broken = true;
    this.#entry({ kind: 'foreign', start: bytes.subarray(0, MAX_START) }, bytes.length, false);
  }

  #malformed(detail: string, bytes: number): void {
    this.#broken = true;
    this.#entry({ kind: 'malformed', detail }, bytes, false);
  }

  #entry(message: Message, bytes: number, encrypted: boolean): void {
    const added = this.#add({ from: this.#side, atMs: this.#atMs, bytes, encrypted, message });
    if (!added) this.#broken = true;
  }
}

const FATAL = 2;
