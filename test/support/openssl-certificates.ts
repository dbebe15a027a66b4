import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Certificates made by the openssl program, so that what is tested doesn't depend on our own pki. */
export class OpensslCa {
  readonly root: KeyPair;
  readonly #dir: string;
  #count = 0;

  constructor(name: string) {
    this.#dir = mkdtempSync(join(tmpdir(), 'countersign-test-'));
    this.#run(`req -x509 ${NEW_KEY} -keyout ca.key -out ca.crt -days 30`, '-subj', `/CN=${name}`);
    this.root = this.#pair('ca');
  }

  /** `names` as openssl writes them: `DNS:a`, `IP:127.0.0.1`, `email:x`. `days` may be negative. */
  issue(commonName: string, names: readonly string[], days = 10): KeyPair {
    const file = `leaf${++this.#count}`;
    const san =
      names.length > 0 ? `subjectAltName=${names.join(',')}\n` : 'basicConstraints=CA:FALSE\n';
    writeFileSync(join(this.#dir, `${file}.ext`), san);
    this.#run(`req ${NEW_KEY} -keyout ${file}.key -out ${file}.csr`, '-subj', `/CN=${commonName}`);
    this.#run(
      `x509 -req -in ${file}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out ${file}.crt` +
        ` -extfile ${file}.ext -days ${days}`,
    );
    return this.#pair(file);
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #pair(file: string): KeyPair {
    return {
      certPem: readFileSync(join(this.#dir, `${file}.crt`), 'utf8'),
      keyPem: readFileSync(join(this.#dir, `${file}.key`), 'utf8'),
    };
  }

  #run(command: string, ...args: string[]): void {
    execFileSync('openssl', [...command.split(' '), ...args], { cwd: this.#dir, stdio: 'pipe' });
  }
}

const NEW_KEY = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
