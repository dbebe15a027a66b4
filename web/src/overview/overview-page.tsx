import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { read } from '../api/client.ts';
import { useResource } from '../api/resource.ts';
import type { Status } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { ExpiringNext } from './expiring-next.tsx';
import { ListenersTable } from './listeners-table.tsx';
import { RateChart } from './rate-chart.tsx';
import { RateHistory, totalsOf } from './rate-history.ts';
import { RefusalCauses } from './refusal-causes.tsx';
import { Tiles } from './tiles.tsx';
import { UpstreamsTable } from './upstreams-table.tsx';
import { Wellness } from './wellness.tsx';
import './overview.css';

const EVERY_MS = 1000;

export function OverviewPage(): JSX.Element {
  const words = texts.value.overview;
  const history = useRef<RateHistory>(null);
  history.current ??= new RateHistory();
  const status = useResource(
    'status',
    async (signal) => {
      const fresh = await read<Status>('/v1/status', signal);
      history.current?.add(fresh, Date.now());
      return fresh;
    },
    EVERY_MS,
  );
  return (
    <>
      <PageHead
        title={words.title}
        windowTitle={words.title}
        lead={
          status.value === null ? undefined : (
            <>
              {words.version(status.value.version)} · {words.upFor}{' '}
              <TimeText at={status.value.started_at} form="ago" />
            </>
          )
        }
      />
      <Loaded resource={status}>
        {(value) => (
          <>
            <Wellness status={value} />
            <Tiles status={value} />
            <div class="columns wide-first">
              <section class="card">
                <h2>{words.rate}</h2>
                <RateChart points={history.current?.points ?? []} />
              </section>
              <RefusalCauses refused={totalsOf(value).refused} />
            </div>
            <div class="columns wide-first">
              <ListenersTable listeners={value.listeners} />
              <UpstreamsTable upstreams={value.upstreams} />
            </div>
            <ExpiringNext certificates={value.certificates} />
          </>
        )}
      </Loaded>
    </>
  );
}
