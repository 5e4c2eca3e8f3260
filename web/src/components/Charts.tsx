import { Box, Text, VisuallyHidden } from "@mantine/core";
import { text } from "../text";
import { formatCount, formatDate } from "./format";

/** Thirty small columns; in words for whoever doesn't see them. */
export function Sparkline({ values }: { values: number[] | undefined }) {
  if (!values) return null;
  const most = Math.max(1, ...values);
  const total = values.reduce((sum, value) => sum + value, 0);
  const label = text.charts.requests30d(formatCount(total));
  return (
    <svg role="img" aria-label={label} className="sparkline" viewBox={`0 0 ${values.length * 4} 24`} width="96" height="24" preserveAspectRatio="none">
      <title>{label}</title>
      {values.map((value, at) => (
        <rect key={at} x={at * 4} width="3" y={23 - (value / most) * 22} height={1 + (value / most) * 22} opacity={value ? 1 : 0.35} />
      ))}
    </svg>
  );
}

export interface Series {
  name: string;
  color: string;
}

export interface Bar {
  label: string;
  values: number[];
}

/** Rows of stacked bars, each with its numbers beside it: a table that is also a picture. */
export function BarRows({ caption, series, bars }: { caption: string; series: Series[]; bars: Bar[] }) {
  const most = Math.max(1, ...bars.map((bar) => bar.values.reduce((sum, value) => sum + value, 0)));
  return (
    <table className="bars">
      <caption>
        {caption}
        <Legend series={series} />
      </caption>
      <thead>
        <tr>
          <td />
          <td aria-hidden="true" />
          {series.map((one) => (
            <th key={one.name} scope="col">
              <VisuallyHidden>{one.name}</VisuallyHidden>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {bars.map((bar) => (
          <tr key={bar.label}>
            <th scope="row">{bar.label}</th>
            <td aria-hidden="true" className="bar-track">
              <div className="bar">
                {series.map((one, at) => (
                  <div key={one.name} style={{ width: `${(100 * (bar.values[at] ?? 0)) / most}%`, background: one.color }} />
                ))}
              </div>
            </td>
            {series.map((one, at) => (
              <td key={one.name}>{formatCount(bar.values[at] ?? 0)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Which colour is what; the numbers' headings say it in words. */
function Legend({ series }: { series: Series[] }) {
  if (series.length < 2) return null;
  return (
    <span className="legend" aria-hidden="true">
      {series.map((one) => (
        <span key={one.name}>
          <Box component="span" className="swatch" style={{ background: one.color }} /> {one.name}
        </span>
      ))}
    </span>
  );
}

/** Columns over days. */
export function DayColumns({ days, caption }: { days: { date: string; requests: number }[]; caption: string }) {
  const most = Math.max(0, ...days.map((day) => day.requests));
  const height = (requests: number) => (98 * requests) / Math.max(1, most);
  const total = days.reduce((sum, day) => sum + day.requests, 0);
  const first = days[0];
  const last = days.at(-1);
  return (
    <figure className="days">
      <figcaption>{caption}</figcaption>
      <Text size="sm" c="dimmed">
        {text.charts.total(formatCount(total), formatCount(most))}
      </Text>
      <svg role="img" aria-label={text.charts.total(formatCount(total), formatCount(most))} viewBox={`0 0 ${days.length * 10} 100`} preserveAspectRatio="none">
        {days.map((day, at) => (
          <rect key={day.date} x={at * 10 + 1} width="8" y={99 - height(day.requests)} height={1 + height(day.requests)}>
            <title>{`${formatDate(day.date)}: ${formatCount(day.requests)}`}</title>
          </rect>
        ))}
      </svg>
      {first && last && (
        <div className="days-axis" aria-hidden="true">
          <span>{formatDate(first.date)}</span>
          <span>{formatDate(last.date)}</span>
        </div>
      )}
    </figure>
  );
}
