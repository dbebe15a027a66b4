import type { FuzzTarget } from '../support/fuzz.ts';
import { chunkedBodyTarget } from './targets/chunked-body.ts';
import { clientHelloTarget } from './targets/client-hello.ts';
import { http2FramesTarget } from './targets/http2-frames.ts';
import { pathTarget } from './targets/path.ts';
import { requestHeadTarget } from './targets/request-head.ts';
import { responseHeadTarget } from './targets/response-head.ts';

export const wireTargets: readonly FuzzTarget[] = [
  clientHelloTarget,
  requestHeadTarget,
  responseHeadTarget,
  chunkedBodyTarget,
  pathTarget,
  http2FramesTarget,
];
