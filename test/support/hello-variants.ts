// Random ClientHellos around a real one: right, nearly right and wrong.
import fc from 'fast-check';
import { alpn, sni } from './client-hello-bytes.ts';

type Extension = readonly [type: number, data: Buffer];

/** ClientHello messages (without records) that differ from `message` in their extensions and bytes. */
export function helloVariants(message: Buffer): fc.Arbitrary<Buffer> {
  const { before, extensions } = takeApart(message);
  const insertion = fc.tuple(fc.nat(20), variantExtension);
  const change = fc.tuple(fc.nat(), fc.nat(255));
  return fc
    .tuple(
      fc.array(insertion, { maxLength: 3 }),
      fc.array(fc.nat(20), { maxLength: 2 }),
      fc.array(change, { maxLength: 2 }),
    )
    .map(([insertions, removals, changes]) => {
      const list = [...extensions];
      for (const at of removals) if (at < list.length) list.splice(at, 1);
      for (const [at, extension] of insertions) list.splice(at % (list.length + 1), 0, extension);
      const bytes = putTogether(before, list);
      for (const [at, value] of changes) {
        bytes[before.length + (at % (bytes.length - before.length))] = value;
      }
      return bytes;
    });
}

const names = fc.constantFrom('test.com', 'TEST.com.', 'a\0b', 'other.org', '', 'a..b', '*.a', 'x');

const variantExtension: fc.Arbitrary<Extension> = fc.oneof(
  names.map((name): Extension => [sni(name)[0], sni(name)[1]]),
  fc.tuple(names, names).map(([one, other]): Extension => [0, twoNames(one, other)]),
  names.map((name): Extension => [0, Buffer.concat([sni(name)[1], Buffer.from([0])])]),
  fc.uint8Array({ maxLength: 12 }).map((data): Extension => [0, Buffer.from(data)]),
  fc
    .array(fc.constantFrom('h2', 'http/1.1', 'x', ''), { minLength: 1, maxLength: 3 })
    .map((list): Extension => [16, alpn(...list)[1]]),
  fc.uint8Array({ maxLength: 8 }).map((data): Extension => [16, Buffer.from(data)]),
  fc
    .tuple(fc.constantFrom(10, 35, 41, 42, 43, 0x0a0a, 0xffaa), fc.uint8Array({ maxLength: 16 }))
    .map(([type, data]): Extension => [type, Buffer.from(data)]),
);

function twoNames(one: string, other: string): Buffer {
  const entries = [one, other].map((name) => sni(name)[1].subarray(2));
  const list = Buffer.concat(entries);
  return Buffer.concat([Buffer.from([list.length >> 8, list.length & 0xff]), list]);
}

function takeApart(message: Buffer): { before: Buffer; extensions: Extension[] } {
  let at = 4 + 34;
  at += 1 + message.readUInt8(at);
  at += 2 + message.readUInt16BE(at);
  at += 1 + message.readUInt8(at);
  const before = message.subarray(0, at);
  const extensions: Extension[] = [];
  for (at += 2; at < message.length; ) {
    const end = at + 4 + message.readUInt16BE(at + 2);
    extensions.push([message.readUInt16BE(at), message.subarray(at + 4, end)]);
    at = end;
  }
  return { before, extensions };
}

function putTogether(before: Buffer, extensions: readonly Extension[]): Buffer {
  const block = Buffer.concat(
    extensions.flatMap(([type, data]) => {
      const head = Buffer.alloc(4);
      head.writeUInt16BE(type, 0);
      head.writeUInt16BE(data.length, 2);
      return [head, data];
    }),
  );
  const length = Buffer.alloc(2);
  length.writeUInt16BE(block.length);
  const message = Buffer.concat([before, length, block]);
  message.writeUIntBE(message.length - 4, 1, 3);
  return message;
}
