// A service without TLS. Who calls is in the metadata, which only the gateway can set.
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import { type Count, stock } from './stock.ts';

const counts = new Map([['screws', 3]]);

const get: handleUnaryCall<Count, Count> = ({ request: { item }, metadata }, done) => {
  const [caller] = metadata.get('x-client-user');
  done(null, { item, count: counts.get(item) ?? 0, caller: String(caller) });
};
const set: handleUnaryCall<Count, Count> = (call, done) => {
  counts.set(call.request.item, call.request.count ?? 0);
  get(call, done);
};
const watch: handleServerStreamingCall<Count, Count> = (call) => {
  const { item } = call.request;
  for (let count = counts.get(item) ?? 0; count >= 0; count--) call.write({ item, count });
  call.end();
};

const server = new Server();
server.addService(stock, { Get: get, Set: set, Watch: watch });
server.bindAsync('127.0.0.1:50051', ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
});
