/** Numbers and times in the visitor's language and zone. */

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const count = new Intl.NumberFormat();
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export const formatDay = (time: string) => day.format(new Date(time));
export const formatMoment = (time: string) => moment.format(new Date(time));
export const formatExact = (time: string) => exact.format(new Date(time));
export const formatCount = (value: number) => count.format(value);

/** A calendar day of the server's, "2026-11-25", which is in no zone. */
export function formatDate(date: string): string {
  const [year = 0, month = 1, of = 1] = date.split("-").map(Number);
  return day.format(new Date(year, month - 1, of));
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "3 days ago", "in 2 months" */
export function formatRelative(time: string, now = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  for (const [unit, size] of STEPS) if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  return relative.format(0, "minute");
}

/** The value of <input type="date"> for a time, in the visitor's zone. */
export function toDateField(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 10);
}

/** The last second of a day in the visitor's zone, but never after `latest`. */
export function endOfDay(field: string, latest?: Date): Date {
  const end = new Date(`${field}T23:59:59`);
  return latest && end > latest ? latest : end;
}

/** "Firefox on Linux", or the first word of what a program calls itself. */
export function shortAgent(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\/[\d.]+/.exec(agent)?.[1];
  if (!agent.startsWith("Mozilla/") || !browser) return agent.split(" ")[0] ?? agent;
  const name = { Edg: "Edge", OPR: "Opera" }[browser] ?? browser;
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux)/.exec(agent)?.[1];
  return system ? `${name} · ${system}` : name;
}
