// MQTT 3.1.1: messages of QoS 0, and a PINGREQ whose answer says that they were read.
import { connect, connack, PINGREQ, PINGRESP, publish } from '../../test/support/mqtt-packets.ts';
import type { LoadPlan } from './plan.ts';
import type { AnswerListener, Dialect } from './publish.ts';

export class MqttDialect implements Dialect {
  readonly hello: Buffer;
  readonly batch: Buffer;
  /** Bytes that have come. */
  #received = 0;

  constructor(topic: string, { body }: LoadPlan, size: number) {
    this.hello = connect({ clientId: topic });
    const message = publish(topic, body);
    this.batch = Buffer.concat([...Array.from({ length: size }, () => message), PINGREQ]);
  }

  /** CONNACK, then nothing but answers to PINGREQ. */
  read(chunk: Buffer, listener: AnswerListener): void {
    for (const byte of chunk) {
      const at = this.#received;
      this.#received += 1;
      const expected = at < WELCOME.length ? WELCOME[at] : PINGRESP[at % PINGRESP.length];
      if (byte !== expected) listener.fail(`${byte} instead of ${expected}`);
      if (at >= WELCOME.length && at % PINGRESP.length === PINGRESP.length - 1) listener.answered();
    }
  }
}

const WELCOME = connack();
