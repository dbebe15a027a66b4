import { createHash, randomBytes } from 'node:crypto';

/** What a machine needs to get its first certificate: whom to ask, how to know it, and the permission. */
export interface EnrolmentToken {
  /** What the certificate is filed under. */
  readonly name: string;
  /** SHA-256 of the authority's root certificate, lower-case hex. */
  readonly root: string;
  /** The permission itself; whoever has it gets the certificate, once. */
  readonly secret: Buffer;
  /** Where the authority is asked; null: the user knows. */
  readonly url: string | null;
}

const PREFIX = 'cst1_';
const CHECK_BYTES = 4;
const ROOT_BYTES = 32;
const SECRET_BYTES = 24;
const MAX_CHARACTERS = 4096;

/** 192 random bits. */
export function newSecret(): Buffer {
  return randomBytes(SECRET_BYTES);
}

/** A token as one word of text, with a checksum, so that a slip of the pen is told from a refusal. */
export function encodeToken({ name, root, secret, url }: EnrolmentToken): string {
  const text = JSON.stringify(url === null ? [name] : [name, url]);
  const bytes = Buffer.concat([Buffer.from(root, 'hex'), secret, Buffer.from(text)]);
  return PREFIX + Buffer.concat([checksum(bytes), bytes]).toString('base64url');
}

/** Reads a token; null: it is none, or a character of it is wrong or missing. */
export function decodeToken(text: string): EnrolmentToken | null {
  if (!text.startsWith(PREFIX) || text.length > MAX_CHARACTERS) return null;
  const encoded = text.slice(PREFIX.length);
  const all = Buffer.from(encoded, 'base64url');
  if (all.toString('base64url') !== encoded) return null;
  const bytes = all.subarray(CHECK_BYTES);
  if (bytes.length < ROOT_BYTES + SECRET_BYTES) return null;
  if (!checksum(bytes).equals(all.subarray(0, CHECK_BYTES))) return null;
  const rest = readRest(bytes.subarray(ROOT_BYTES + SECRET_BYTES).toString());
  if (rest === null) return null;
  return {
    ...rest,
    root: bytes.subarray(0, ROOT_BYTES).toString('hex'),
    secret: bytes.subarray(ROOT_BYTES, ROOT_BYTES + SECRET_BYTES),
  };
}

function readRest(text: string): Pick<EnrolmentToken, 'name' | 'url'> | null {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(parts)) return null;
  const [name, url = null] = parts as unknown[];
  if (typeof name !== 'string' || (url !== null && typeof url !== 'string')) return null;
  return { name, url };
}

function checksum(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, CHECK_BYTES);
}
