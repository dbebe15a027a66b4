// A gateway whose certificates are made through its admin API.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type AdminApi, adminApi } from './admin-api.ts';
import { freePort } from './free-port.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface ApiGateway {
  readonly gateway: GatewayProcess;
  readonly api: AdminApi;
  readonly folder: string;
  /** The configuration. */
  readonly path: string;
  readonly port: number;
  /** `http://127.0.0.1:PORT` of the admin listener. */
  readonly admin: string;
}

/** `configuration` gets the port of its listener, and is completed by `admin`. */
export async function startApiGateway(
  t: Pick<TestContext, 'after'>,
  configuration: (port: number) => string,
): Promise<ApiGateway> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const folder = await temporaryFolder(t);
  const path = join(folder, 'gateway.yaml');
  const admin = `127.0.0.1:${adminPort}`;
  await writeFile(path, `${configuration(port)}\nadmin: { listen: '${admin}' }\n`);
  const gateway = await startGateway(t, ['run', path]);
  await gateway.waitForLog((line) => line['listener'] === 'admin');
  const api = await adminApi(`http://${admin}`, folder);
  return { gateway, api, folder, path, port, admin: `http://${admin}` };
}
