// A certificate beside those of the listeners.
import { z } from 'zod';
import { word } from '../scalars.ts';
import { routes } from './routes.ts';
import { certificateAndKey, clientAuthentication } from './tls.ts';

export const certificate = z.strictObject({
  snis: z
    .array(word)
    .min(1)
    .optional()
    .describe(
      "Server names that the certificate answers to: exact, or `*.` and a name for one label more. Default: the certificate's SAN dNSNames, else its CN.",
    ),
  listener: word
    .optional()
    .describe('`listen` of the one listener that the certificate is for. Default: every listener.'),
  routes: routes
    .min(1)
    .optional()
    .describe(
      "Routes of its own, instead of the listener's. With `listener` it may then ask less than the listener's `tls`. Default: those of the listener.",
    ),
  ...certificateAndKey,
  ...clientAuthentication,
});
