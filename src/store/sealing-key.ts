import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { openSecretFile } from './secret-file.ts';
import { StateError } from './state-error.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts what is stored (AES-256-GCM), so that a copy of the store alone gives no secret away. */
export class SealingKey {
  readonly #key: Buffer;
  readonly #path: string;

  /** `path` names the key in errors. */
  constructor(key: Buffer, path: string) {
    this.#key = key;
    this.#path = path;
  }

  /** `place` is where the result is kept: it opens nowhere else. */
  seal(text: string, place: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(place));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  }

  /** Throws StateError for what was not sealed by this key, for this place. */
  open(sealed: Uint8Array, place: string): string {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    try {
      const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(tag);
      const body = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([body, decipher.final()]).toString('utf8');
    } catch {
      throw new StateError(
        `what is stored can't be opened with ${this.#path}: restore that file as it was, or remove the store beside it`,
      );
    }
  }
}

/** Reads the key of a file, made with mode 0600 where there is none. Throws StateError. */
export async function openSealingKey(path: string): Promise<SealingKey> {
  const text = await openSecretFile(path, () => randomBytes(KEY_BYTES).toString('hex'));
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new StateError(`${path} holds no key: restore that file as it was`);
  }
  return new SealingKey(Buffer.from(text, 'hex'), path);
}
