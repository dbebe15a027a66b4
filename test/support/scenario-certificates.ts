// Certificates by openssl, by the very commands that people copy from tutorials. Made once and kept for
// a day in node_modules/.cache, as RSA keys take their time; test files may ask for them side by side.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/countersign-test');
const ONE_DAY_MS = 86_400_000;
const LONGEST_MAKING_MS = 30_000;

const COMMANDS = {
  /** A self-signed CA, leaves by CSR without any extension (X.509 v1). */
  helloWorld: `
    openssl req -new -x509 -nodes -days 365 -subj /CN=my-ca -keyout ca.key -out ca.crt
    openssl genrsa -out server.key 2048
    openssl req -new -key server.key -subj /CN=localhost -out server.csr
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -out server.crt
    openssl genrsa -out client.key 2048
    openssl req -new -key client.key -subj /CN=my-client -out client.csr
    openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -out client.crt
  `,
  /** An X.509 v1 CA, everything valid for a hundred years. */
  apiGateway: `
    openssl genrsa -out ca.key 2048
    openssl req -new -sha256 -key ca.key -out ca.csr -subj /CN=ROOTCA
    openssl x509 -req -days 36500 -sha256 -extensions v3_ca -signkey ca.key -in ca.csr -out ca.crt
    openssl genrsa -out server.key 2048
    openssl req -new -sha256 -key server.key -out server.csr -subj /CN=test.com
    openssl x509 -req -days 36500 -sha256 -extensions v3_req -CA ca.crt -CAkey ca.key -CAserial ca.srl -CAcreateserial -in server.csr -out server.crt
    openssl genrsa -out client.key 2048
    openssl req -new -sha256 -key client.key -out client.csr -subj /CN=CLIENT
    openssl x509 -req -days 36500 -sha256 -extensions v3_req -CA ca.crt -CAkey ca.key -CAserial ca.srl -in client.csr -out client.crt
  `,
  /** A private CA with current habits: P-256, a SAN and extendedKeyUsage on each leaf; and leaves that are no good. */
  webServer: `
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /O=Example/CN=Private-CA -keyout ca.key -out ca.crt
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext extendedKeyUsage=serverAuth -keyout server.key -out server.csr
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -copy_extensions copy -out server.crt
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /O=Example/OU=Clients/CN=alice -addext subjectAltName=email:alice@example.com -addext extendedKeyUsage=clientAuth -keyout client.key -out client.csr
    openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -copy_extensions copy -out client.crt
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /O=Example/OU=Clients/CN=mallory -addext subjectAltName=email:mallory@example.com -addext extendedKeyUsage=clientAuth -keyout other.key -out other.csr
    openssl x509 -req -in other.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -copy_extensions copy -out other.crt
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=expired -keyout expired.key -out expired.csr
    openssl ca -batch -notext -config past.cnf -startdate 20200101000000Z -enddate 20200201000000Z -in expired.csr -out expired.crt
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server-only -addext extendedKeyUsage=serverAuth -keyout purpose.key -out purpose.csr
    openssl x509 -req -in purpose.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -copy_extensions copy -out purpose.crt
  `,
  /** Clients of a messaging server: by SAN email, by subject, a stranger, and one of another CA. */
  messaging: `
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=Messaging-CA -keyout ca.key -out ca.crt
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout server.key -out server.csr
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -copy_extensions copy -out server.crt
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1,email:derek@nats.io -keyout derek.key -out derek.csr
    openssl x509 -req -in derek.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -copy_extensions copy -out derek.crt
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /OU=CNCF/CN=example.com -keyout cncf.key -out cncf.csr
    openssl x509 -req -in cncf.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -out cncf.crt
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=stranger -addext subjectAltName=email:stranger@nats.io -keyout stranger.key -out stranger.csr
    openssl x509 -req -in stranger.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -copy_extensions copy -out stranger.crt
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=derek -addext subjectAltName=email:derek@nats.io -keyout forged.key -out forged.crt
  `,
} as const;

// What `openssl ca` wants, the only way of OpenSSL 3.0 to a validity that lies in the past.
const PAST_CONFIG = `[ca]
default_ca = past
[past]
database = index.txt
new_certs_dir = .
serial = past.srl
certificate = ca.crt
private_key = ca.key
default_md = sha256
policy = any
[any]
commonName = supplied
`;

export type Scenario = keyof typeof COMMANDS;

/** The folder with `ca.crt`, `server.crt`, `server.key`, `client.crt`, `client.key` and so on. */
export async function scenarioCertificates(scenario: Scenario): Promise<string> {
  const commands = COMMANDS[scenario].trim().split(/\n\s*/);
  const digest = createHash('sha256').update(COMMANDS[scenario]).digest('hex').slice(0, 12);
  const folder = join(CACHE, `${scenario}-${digest}-${Math.floor(Date.now() / ONE_DAY_MS)}`);
  await mkdir(CACHE, { recursive: true });
  if (await isMadeByAnother(folder)) return folder;
  const fresh = await mkdtemp(join(CACHE, 'new-'));
  await writeFile(join(fresh, 'past.cnf'), PAST_CONFIG);
  await writeFile(join(fresh, 'index.txt'), '');
  await writeFile(join(fresh, 'past.srl'), '0100\n');
  for (const command of commands) {
    const [program = '', ...args] = command.split(' ');
    await promisify(execFile)(program, args, { cwd: fresh });
  }
  await writeFile(join(fresh, 'commands.txt'), `${commands.join('\n')}\n`);
  try {
    await rename(fresh, folder);
  } catch (error) {
    // Another test file was faster: its certificates are as good.
    await rm(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(`${folder}.making`, { recursive: true, force: true });
  }
  return folder;
}

/** Whether the folder is there, after waiting for the test file that says it is making it. */
async function isMadeByAnother(folder: string): Promise<boolean> {
  for (let waited = 0; waited < LONGEST_MAKING_MS && !existsSync(folder); waited += 100) {
    try {
      await mkdir(`${folder}.making`);
      return existsSync(folder);
    } catch {
      await delay(100);
    }
  }
  return existsSync(folder);
}
