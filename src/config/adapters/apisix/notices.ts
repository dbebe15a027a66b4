import { type DirectiveTable, noticed, refused, taken } from '../meaning.ts';

// What each key of APISIX means here, for the program, its messages and its documentation.

const KEPT = 'kept by APISIX for itself: has no equivalent, and needs none';

export const TOP: DirectiveTable = {
  block: 'the top level',
  rows: [
    taken(
      'apisix',
      '`listen` of the listener, from `ssl.listen` as config.yaml has it; port 9443 of every address unless given',
    ),
    taken('ssls', '`certificates`; the file may also be one such object, or a list of them'),
    taken('routes', '`routes` of the listener, the most special first'),
    taken('upstreams', 'the upstreams of routes that name them by `upstream_id`'),
    refused(
      'services consumers consumer_groups global_rules plugins plugin_metadata plugin_configs stream_routes secrets protos',
      'has no equivalent, and may keep clients away: take it out to go without',
    ),
  ],
};

export const NODE: DirectiveTable = {
  block: '`apisix`',
  rows: [
    taken('ssl listen ip port', '`listen` of the listener: one address'),
    noticed('enable', 'TLS is always on'),
  ],
};

export const SSL: DirectiveTable = {
  block: '`ssls`',
  rows: [
    taken('cert', '`cert`'),
    taken('key', '`key`, as PEM text: an encrypted one or a reference is an error'),
    taken('sni snis', '`snis`; the names of the certificate unless given'),
    taken('client', '`ca`, with `verify: true`'),
    taken('depth', '`depth`; 1 unless given, as in APISIX'),
    taken(
      'skip_mtls_uri_regex',
      '`skip_paths`: `^/path$` and `^/path.*`; every other regular expression is an error',
    ),
    taken('ssl_protocols', '`min_version`; there is no TLS 1.1'),
    taken('type', '`server`; a client certificate is left out, which is said'),
    taken('status', '1; with 0 it is left out, which is said'),
    noticed('certs keys', 'only cert and key are served: a server name has one certificate here'),
    noticed('id labels desc create_time update_time validity_start validity_end', KEPT),
  ],
};

export const ROUTE: DirectiveTable = {
  block: '`routes`',
  rows: [
    taken('uri uris', '`match.path`; a route for each'),
    taken('host hosts', '`match.host`; a route for each'),
    taken('methods', '`match.methods`'),
    taken('upstream upstream_id', '`upstream`'),
    noticed('id name desc labels create_time update_time', KEPT),
    refused(
      'plugins plugin_config_id service_id script filter_func vars remote_addr remote_addrs priority timeout enable_websocket',
      'has no equivalent, and may keep clients away: take it out to go without',
    ),
  ],
};

export const UPSTREAM: DirectiveTable = {
  block: '`upstreams`',
  rows: [
    taken('nodes', 'the host and port of the URL: one node'),
    taken('scheme', 'the scheme of the URL; `grpc` is `h2c:`'),
    noticed('id name desc type', KEPT),
  ],
};
