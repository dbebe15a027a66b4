import type { Socket } from 'node:net';
import { alertRecord, alerts } from './alert.ts';
import type { ClientHello } from './client-hello.ts';
import { ClientHelloReader } from './client-hello-reader.ts';
import { ContextTable } from './context-table.ts';
import { Deadlines, type Timed } from './deadlines.ts';
import { type HandshakeCause, type HandshakeFailure, readFailure } from './handshake-failure.ts';
import type { Greeting } from './greeting.ts';
import { openRecord } from './handshake-opening.ts';
import { EstablishedHandshake } from './established-handshake.ts';
import type { HandshakeRecord } from './handshake-record.ts';
import { closeGently } from './linger.ts';
import { LiveRevocations } from './live-revocations.ts';
import type { TlsListenerOptions } from './options.ts';
import { recordVerdict } from './peer-facts.ts';
import type { PeerVerdict } from '../pki/peer.ts';
import { presentedBy, type PresentedPeer } from './peer-judge.ts';
import { groupName, versionName } from './protocol-names.ts';
import type { RawConnection, RawReader } from './raw-connection.ts';
import { cipherSuiteName } from './transcript/cipher-suites.ts';
import { findResumable, type Resumable, sessionModeFor } from './resumption.ts';
import type { ServerContext } from './server-context.ts';
import { type MaterialSource, NO_MATERIAL } from './server-material.ts';
import {
  type HandshakeWaiter,
  ServerHandshake,
  type ServerSideOptions,
} from './server-handshake.ts';
import { SessionCollector } from './session-collector.ts';
import { SessionMemory, type SessionStore } from './session-store.ts';

export type HandshakeOutcome =
  | EstablishedHandshake
  /** Answered as far as there is an answer, and closed. */
  | { readonly kind: 'failed'; readonly record: HandshakeRecord };

/** A connection whose server name is handed on: no handshake of ours, and all that came is put back. */
export interface PassedHello {
  /** Paused. */
  readonly socket: Socket;
  readonly record: HandshakeRecord;
  /** Which of the listener's `passthrough`. */
  readonly name: string;
}

export type PassHello = (passed: PassedHello) => void;

export interface Acceptor {
  readonly contexts: ContextTable;
  /** Connections between accept and outcome. */
  readonly inFlight: number;
  /**
   * Takes a connection that nothing was read from, and calls `done` once, unless `abort` comes
   * first. Never throws; errors of the connection stay within. With a greeting the client is listened
   * to only after it. `pass` is called instead where the server name is one that is handed on; without it
   * none is.
   */
  accept(
    raw: RawConnection,
    done: (outcome: HandshakeOutcome) => void,
    greet?: Greeting | null,
    pass?: PassHello | null,
  ): void;
  /** Cuts every handshake in flight, without an outcome. */
  abort(): void;
}

/**
 * The server side of TLS for one listener: from a bare connection to a verdict on its client.
 * `sessions` may be shared by acceptors and outlive them: a session resumes only under the
 * certificate and verification options that it was made with. Default: a memory of its own.
 * `revocations` may learn of more at any time. Default: none. `materials` has what options name by
 * `materialId`. Default: nothing.
 */
export function createAcceptor(
  options: TlsListenerOptions,
  sessions: SessionStore = new SessionMemory(),
  revocations: LiveRevocations = new LiveRevocations(),
  materials: MaterialSource = NO_MATERIAL,
): Acceptor {
  return new ListenerAcceptor(options, sessions, revocations, materials);
}

class ListenerAcceptor implements Acceptor {
  readonly contexts: ContextTable;
  readonly options: TlsListenerOptions;
  readonly sessions: SessionStore;
  readonly deadlines: Deadlines<Attempt>;

  constructor(
    options: TlsListenerOptions,
    sessions: SessionStore,
    revocations: LiveRevocations,
    materials: MaterialSource,
  ) {
    this.options = options;
    this.sessions = sessions;
    this.contexts = new ContextTable(options, sessions.ticketSecrets, revocations, materials);
    this.deadlines = new Deadlines(options.timeoutMs, (attempt) => attempt.expire());
  }

  get inFlight(): number {
    return this.deadlines.size;
  }

  accept(
    raw: RawConnection,
    done: (outcome: HandshakeOutcome) => void,
    greet: Greeting | null = null,
    pass: PassHello | null = null,
  ): void {
    // A client's handshake takes milliseconds; what is oldest while there are so many is being stalled.
    if (this.deadlines.size >= this.options.maxInFlight) this.deadlines.oldest?.crowdOut();
    new Attempt(this, raw, done, pass).start(greet);
  }

  abort(): void {
    this.deadlines.drain((attempt) => attempt.abort());
  }
}

/** One connection on its way to an outcome. */
class Attempt implements Timed, HandshakeWaiter, RawReader {
  deadline = 0;
  earlier: Timed | null = null;
  later: Timed | null = null;
  readonly #acceptor: ListenerAcceptor;
  readonly #raw: RawConnection;
  readonly #done: (outcome: HandshakeOutcome) => void;
  readonly #pass: PassHello | null;
  readonly #record: HandshakeRecord;
  readonly #begun = performance.now();
  readonly #reader = new ClientHelloReader();
  #hello: ClientHello | null = null;
  #context: ServerContext | null = null;
  #handshake: ServerHandshake | null = null;
  /** What OpenSSL may resume. */
  #resumable: Resumable | null = null;
  #collector: SessionCollector | null = null;
  #isGreeting = false;
  #isOver = false;

  constructor(
    acceptor: ListenerAcceptor,
    raw: RawConnection,
    done: (outcome: HandshakeOutcome) => void,
    pass: PassHello | null,
  ) {
    this.#pass = pass;
    this.#acceptor = acceptor;
    this.#raw = raw;
    this.#done = done;
    this.#record = openRecord(acceptor.options.name, raw);
  }

  start(greet: Greeting | null): void {
    const raw = this.#raw;
    if (raw.isClosed) return this.#fail(GONE);
    this.#acceptor.deadlines.add(this);
    if (greet === null) return raw.read(this);
    this.#isGreeting = true;
    greet(raw, this.#record, (failure) => {
      if (this.#isOver) return;
      this.#isGreeting = false;
      if (failure === null) return raw.read(this);
      this.#cut();
      this.#fail(failure);
    });
  }

  /** The next bytes of a connection whose ClientHello isn't complete. */
  received(chunk: Buffer): void {
    const result = this.#reader.push(chunk);
    switch (result.kind) {
      case 'incomplete':
        return;
      case 'hello':
        return this.#choose(result.hello);
      case 'not-tls':
        return this.#answerOther(result.protocol);
      case 'malformed':
        return this.#refuse(result.alert, 'malformed', `ClientHello: ${result.detail}`);
    }
  }

  /** It ended within its ClientHello. */
  ended(): void {
    this.#raw.destroy();
    this.#fail(GONE);
  }

  expire(): void {
    this.#cut();
    const { timeoutMs } = this.#acceptor.options;
    if (this.#isGreeting) {
      this.#fail({ cause: 'no-upstream', detail: `no answer in ${timeoutMs} ms` });
      return;
    }
    this.#fail({
      cause: 'handshake-timeout',
      detail: `the handshake was not complete after ${timeoutMs} ms`,
    });
  }

  crowdOut(): void {
    this.#cut();
    const { maxInFlight } = this.#acceptor.options;
    this.#fail({ cause: 'crowded-out', detail: `more than ${maxInFlight} handshakes in flight` });
  }

  abort(): void {
    this.#cut();
  }

  handshakeDone(handshake: ServerHandshake): void {
    const context = this.#context as ServerContext;
    const record = this.#record;
    const { negotiated } = handshake;
    record.version = negotiated.version;
    record.cipher = negotiated.cipher;
    record.alpn = negotiated.alpn;
    record.resumed = negotiated.resumed;
    const { verdict, chain } = this.#judge(handshake, context, Date.now());
    recordVerdict(record, verdict, chain.length);
    this.#finish();
    const { sessions } = this.#acceptor;
    const socket = handshake.toSocket();
    this.#done(
      new EstablishedHandshake(socket, context, verdict, record, chain, this.#collector, sessions),
    );
  }

  handshakeFailed(error: NodeJS.ErrnoException | null, answered: Socket | null): void {
    if (answered !== null) closeGently(answered);
    const failure = readFailure(error);
    if (failure.cause === 'no-shared-parameters') {
      this.#record.offeredCiphers = (this.#hello?.cipherSuites ?? []).map(cipherSuiteName);
    }
    this.#fail(failure);
  }

  #choose(hello: ClientHello): void {
    const record = this.#record;
    record.sni = hello.sni;
    record.offeredVersions = hello.versions.map(versionName);
    record.offeredAlpn = hello.alpn;
    record.offeredGroups = hello.groups.map(groupName);
    this.#hello = hello;
    const passed = this.#acceptor.contexts.passthroughFor(hello.sni);
    if (passed !== null && this.#pass !== null) return this.#passOn(passed, this.#pass);
    const context = this.#acceptor.contexts.contextFor(hello.sni);
    if (context === null) {
      const name =
        hello.sni === null ? 'no server name was sent' : `no certificate for ${hello.sni}`;
      return this.#refuse(alerts.unrecognizedName, 'sni-unknown', name);
    }
    this.#context = context;
    record.certificate = context.options.name;
    record.mode = context.options.mode;
    // What is looked for may take its time; what comes meanwhile stays with the kernel.
    this.#raw.stopReading();
    if (context.material !== null) return this.#prepare(hello, context);
    context.fetchMaterial(() => {
      if (!this.#isOver) this.#prepare(hello, context);
    });
  }

  #prepare(hello: ClientHello, context: ServerContext): void {
    let options: ServerSideOptions;
    try {
      options = context.sideOptions;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unusable';
      const detail = `${context.options.name}: ${code}`;
      return this.#refuse(alerts.internalError, 'server-certificate', detail);
    }
    const collects = sessionModeFor(hello, context) === 'stateful';
    findResumable(hello, context, this.#acceptor.sessions, (resumable) => {
      if (!this.#isOver) this.#startTls(context, options, collects, resumable);
    });
  }

  #passOn(name: string, pass: PassHello): void {
    const socket = this.#raw.toSocket();
    socket.on('error', ignore);
    socket.pause();
    socket.unshift(this.#reader.bytes);
    this.#finish();
    pass({ socket, record: this.#record, name });
  }

  #startTls(
    context: ServerContext,
    options: ServerSideOptions,
    collects: boolean,
    resumable: Resumable | null,
  ): void {
    const { bytes } = this.#reader;
    if (collects) this.#collector = new SessionCollector();
    const handshake = new ServerHandshake(this.#raw, options, this, this.#collector);
    this.#handshake = handshake;
    this.#resumable = resumable;
    const { data = null, ticket = null } = resumable ?? {};
    if (data !== null) handshake.offerSession(data);
    if (ticket !== null) context.tickets.letIn(ticket);
    handshake.begin(bytes);
  }

  /** A client that was here before is known by its leaf; the rest of what it presents is not read again. */
  #judge(handshake: ServerHandshake, context: ServerContext, at: number): Judgement {
    if (context.options.mode === 'false') return judgement(context, NOBODY, at);
    const mayBeKnown = !this.#record.resumed && handshake.verifyError === null;
    const leaf = mayBeKnown ? handshake.readPeerLeaf() : null;
    const peer = leaf === null ? null : context.recognise(leaf, at);
    if (peer === null) return judgement(context, this.#readPeer(handshake), at);
    return { verdict: { kind: 'verified', peer }, chain: presentedBy(peer) };
  }

  /**
   * A resumed handshake shows the leaf alone, and of a client that was good when its session was kept
   * nothing: the rest is known from before.
   */
  #readPeer(handshake: ServerHandshake): PresentedPeer {
    const shown = handshake.readPeerChain();
    const opensslError = handshake.verifyError;
    const known = this.#record.resumed ? this.#resumable : null;
    if (known === null || known.chain.length === 0) return { chain: shown, opensslError };
    if (shown.length > 0) {
      return { chain: known.chain[0].equals(shown[0]) ? known.chain : shown, opensslError };
    }
    if (known.data === null) return { chain: shown, opensslError };
    return { chain: known.chain, opensslError: null };
  }

  #answerOther(protocol: string): void {
    const { answersPlainHttp } = this.#acceptor.options;
    if (protocol !== 'http') {
      closeGently(this.#raw.toSocket());
      return this.#fail({ cause: 'other-protocol', detail: protocol });
    }
    closeGently(this.#raw.toSocket(), answersPlainHttp ? PLAIN_HTTP_ANSWER : undefined);
    this.#fail({ cause: 'plain-http', detail: 'plain HTTP on a TLS port' });
  }

  /** Ends the connection by an alert, which goes in the clear as the server has sent nothing yet. */
  #refuse(alert: number, cause: HandshakeCause, detail: string): void {
    closeGently(this.#raw.toSocket(), alertRecord(alert));
    this.#fail({ cause, detail });
  }

  #fail(failure: HandshakeFailure): void {
    const record = this.#record;
    record.outcome = 'refused';
    record.cause = failure.cause;
    record.detail = failure.detail;
    this.#finish();
    this.#done({ kind: 'failed', record });
  }

  #finish(): void {
    this.#end();
    this.#acceptor.deadlines.remove(this);
    this.#record.durationMs = Math.round((performance.now() - this.#begun) * 1000) / 1000;
  }

  /** A ticket stays in only as long as the handshake that it was let in for. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const ticket = this.#resumable?.ticket ?? null;
    if (ticket !== null) this.#context?.tickets.letOut(ticket);
  }

  #cut(): void {
    this.#end();
    if (this.#handshake === null) this.#raw.destroy();
    else this.#handshake.abandon();
  }
}

interface Judgement {
  readonly verdict: PeerVerdict;
  /** As presented, DER, leaf first. */
  readonly chain: readonly Buffer[];
}

function judgement(context: ServerContext, presented: PresentedPeer, at: number): Judgement {
  return { verdict: context.judge(presented, at), chain: presented.chain };
}

/** Where no certificate is asked for. */
const NOBODY: PresentedPeer = { chain: [], opensslError: null };

const GONE: HandshakeFailure = {
  cause: 'client-closed',
  detail: 'the client closed the connection before the handshake',
};

const PLAIN_HTTP_TEXT = 'The plain HTTP request was sent to HTTPS port\n';
const PLAIN_HTTP_ANSWER = Buffer.from(
  'HTTP/1.1 400 Bad Request\r\n' +
    'Content-Type: text/plain\r\n' +
    `Content-Length: ${PLAIN_HTTP_TEXT.length}\r\n` +
    'Connection: close\r\n\r\n' +
    PLAIN_HTTP_TEXT,
);

function ignore(): void {}
