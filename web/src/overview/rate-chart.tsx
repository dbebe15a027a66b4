import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { languageTag, texts } from '../language/language.ts';
import { isDark } from '../theme/theme.ts';
import type { RatePoint } from './rate-history.ts';
import 'uplot/dist/uPlot.min.css';
import './rate-chart.css';

const HEIGHT = 200;
const SHOWN_SECONDS = 120;

/** Handshakes per second, admitted and refused, as they come. */
export function RateChart({ points }: { readonly points: readonly RatePoint[] }): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const words = texts.value.overview;
  const dark = isDark();
  const tag = languageTag.value;
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const plot = new uPlot(
      optionsFor(element, words.admitted, words.refused, tag),
      [[], [], []],
      element,
    );
    chart.current = plot;
    const observer = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [dark, tag]);
  useEffect(() => {
    chart.current?.setData(dataOf(points));
  }, [points, dark, tag]);
  const now = points.at(-1);
  const format = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 });
  return (
    <figure>
      <div
        class="rate-chart"
        ref={frame}
        role="img"
        aria-label={words.rateLabel(
          format.format(now?.admitted ?? 0),
          format.format(now?.refused ?? 0),
        )}
      />
      <figcaption class="rate-legend small">
        <span class="admitted">
          {words.admitted} <strong>{format.format(now?.admitted ?? 0)}</strong>/s
        </span>
        <span class="refused">
          {words.refused} <strong>{format.format(now?.refused ?? 0)}</strong>/s
        </span>
      </figcaption>
    </figure>
  );
}

function dataOf(points: readonly RatePoint[]): uPlot.AlignedData {
  return [
    points.map(({ at }) => at),
    points.map(({ admitted }) => admitted),
    points.map(({ refused }) => refused),
  ];
}

/** Before anything was counted there is no last moment. */
function untilNow(last: number | null): [number, number] {
  const end = last ?? Date.now() / 1000;
  return [end - SHOWN_SECONDS, end];
}

function optionsFor(
  element: HTMLElement,
  admitted: string,
  refused: string,
  tag: string,
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--chart-${name}`);
  const font = `12px ${style.fontFamily}`;
  const clock = new Intl.DateTimeFormat(tag, { timeStyle: 'medium', hourCycle: 'h23' });
  const axis = {
    font,
    stroke: style.color,
    grid: { stroke: colour('grid'), width: 1 },
    ticks: { stroke: colour('grid'), width: 1 },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    // Room for half of the last time.
    padding: [null, 28, null, null],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_, __, last) => untilNow(last) },
      y: { range: (_, __, max) => [0, Math.max(4, max * 1.15)] },
    },
    axes: [
      { ...axis, space: 90, values: (_, seconds) => seconds.map((at) => clock.format(at * 1000)) },
      { ...axis, size: 44 },
    ],
    series: [
      {},
      {
        label: admitted,
        stroke: colour('admitted'),
        fill: colour('fill'),
        width: 2,
        points: { show: false },
      },
      {
        label: refused,
        stroke: colour('refused'),
        width: 2,
        dash: [5, 3],
        points: { show: false },
      },
    ],
  };
}
