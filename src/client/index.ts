export {
  ClientRefusedError,
  type ClientRequest,
  type ClientResponse,
  type MutualTlsClient,
  type MutualTlsClientOptions,
  mutualTlsClient,
} from './mutual-tls-client.ts';
