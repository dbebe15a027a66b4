// A service behind the gateway: a plain HTTP/1.1 server that keeps what it was asked.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { TestContext } from 'node:test';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface HttpUpstream {
  readonly url: string;
  readonly port: number;
  /** Every request that arrived, in order. */
  readonly requests: readonly SeenRequest[];
}

/** Starts it on a free port; without `answer` it gives back method, URL and headers as JSON. */
export async function startHttpUpstream(
  t: Pick<TestContext, 'after'>,
  answer: RequestListener = answerWithRequest,
): Promise<HttpUpstream> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, headers });
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, port: address.port, requests };
}

function answerWithRequest(
  request: Parameters<RequestListener>[0],
  response: Parameters<RequestListener>[1],
): void {
  const { method, url, headers } = request;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method, url, headers, origin: headers['x-forwarded-for'] }));
}
