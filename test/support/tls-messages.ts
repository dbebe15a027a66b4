// Handshake messages and records made by hand, to be as wrong as a test wants them.
import { createCipheriv, createHmac } from 'node:crypto';

/** A vector behind its length in `size` bytes. */
export function vector(size: 1 | 2 | 3, ...parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(parts);
  const length = Buffer.alloc(size);
  length.writeUIntBE(bytes.length, 0, size);
  return Buffer.concat([length, bytes]);
}

export function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

export function extension(type: number, ...data: readonly Uint8Array[]): Buffer {
  return Buffer.concat([u16(type), vector(2, ...data)]);
}

/** A handshake message of a type. */
export function message(type: number, ...body: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([type]), vector(3, ...body)]);
}

export function record(type: number, ...fragment: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 3]), vector(2, ...fragment)]);
}

export interface ServerHelloParts {
  readonly random?: Uint8Array;
  readonly cipherSuite?: number;
  readonly extensions?: readonly Uint8Array[];
}

export function serverHello(parts: ServerHelloParts = {}): Buffer {
  return message(
    2,
    u16(0x0303),
    parts.random ?? Buffer.alloc(32, 9),
    vector(1),
    u16(parts.cipherSuite ?? 0x1301),
    Buffer.from([0]),
    vector(2, ...(parts.extensions ?? [extension(43, u16(0x0304)), keyShare(0x001d)])),
  );
}

export function keyShare(group: number): Buffer {
  return extension(51, u16(group), vector(2, Buffer.alloc(32, 3)));
}

/** Records of TLS 1.3 under a traffic secret of TLS_AES_128_GCM_SHA256, by RFC 8446 alone. */
export class Sealer {
  readonly #key: Buffer;
  readonly #iv: Buffer;
  #sequence = 0;

  constructor(secret: Uint8Array) {
    this.#key = derive(secret, 'tls13 key', 16);
    this.#iv = derive(secret, 'tls13 iv', 12);
  }

  seal(type: number, content: Uint8Array, padding = 0): Buffer {
    const nonce = Buffer.from(this.#iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence++) >>> 0, 8);
    const plain = Buffer.concat([content, Buffer.from([type]), Buffer.alloc(padding)]);
    const header = Buffer.concat([Buffer.from([23, 3, 3]), u16(plain.length + 16)]);
    const cipher = createCipheriv('aes-128-gcm', this.#key, nonce);
    cipher.setAAD(header);
    return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }
}

function derive(secret: Uint8Array, label: string, length: number): Buffer {
  const info = Buffer.concat([u16(length), vector(1, Buffer.from(label)), vector(1)]);
  return createHmac('sha256', secret).update(info).update('\x01').digest().subarray(0, length);
}
