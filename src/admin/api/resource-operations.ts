import { z } from 'zod';
import type { GatewayOptions } from '../../gateway/options.ts';
import type { CertificateViews } from '../certificate-views.ts';
import { listenerViews, routeViews, upstreamViews, userViews } from '../resource-views.ts';
import type { ObservedGateway, RunningGateway, LiveSnapshot } from '../running-gateway.ts';
import { type Operation, operation } from './operation.ts';
import { type Answer, starting } from './problem.ts';
import { listenerView, routeQuery, routeView, upstreamView, userView } from './resource-schemas.ts';

export interface ResourceServices {
  readonly gateway: RunningGateway;
  readonly live: LiveSnapshot;
  readonly views: CertificateViews;
  readonly observed: ObservedGateway;
}

/** What a file defines, to be looked at. */
export function resourceOperations({
  gateway,
  live,
  views,
  observed,
}: ResourceServices): Operation[] {
  const show = (items: (options: GatewayOptions) => readonly unknown[]): Answer =>
    live.options === null ? starting() : { status: 200, body: { items: items(live.options) } };
  return [
    operation({
      method: 'get',
      path: '/v1/listeners',
      summary: 'The listeners.',
      answers: { 200: listOf(listenerView) },
      handle: () => {
        const { listeners } = gateway.readiness();
        const addressOf = (name: string) =>
          listeners.find((listener) => listener.name === name)?.address ?? name;
        return show((options) =>
          listenerViews(options, addressOf, (listener) => views.defaultOf(listener)),
        );
      },
    }),
    operation({
      method: 'get',
      path: '/v1/routes',
      summary:
        'Who may reach what: the routes of https listeners, in the order in which they are tried.',
      query: routeQuery,
      answers: { 200: listOf(routeView) },
      handle: ({ query: { listener, user } }) =>
        show((options) =>
          routeViews(options).filter(
            (route) =>
              (listener === undefined || route.listener === listener) &&
              (user === undefined || route.allow === null || route.allow.includes(user)),
          ),
        ),
    }),
    operation({
      method: 'get',
      path: '/v1/upstreams',
      summary: 'The upstreams, and how they do.',
      answers: { 200: listOf(upstreamView) },
      handle: () => show((options) => upstreamViews(options, observed.status().upstreams)),
    }),
    operation({
      method: 'get',
      path: '/v1/users',
      summary: 'The users that certificates are mapped to.',
      answers: { 200: listOf(userView) },
      handle: () => show(userViews),
    }),
  ];
}

function listOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item) });
}
