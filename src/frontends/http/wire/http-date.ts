const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const IMF_FIXDATE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const RFC_850 = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

/**
 * The seconds since the epoch that an HTTP-date names, in each of its three forms (RFC 9110 section
 * 5.6.7); null for anything else. `nowMs` settles the century of two-digit years.
 */
export function parseHttpDate(text: string, nowMs: number): number | null {
  const imf = IMF_FIXDATE.exec(text);
  if (imf !== null) return seconds(Number(imf[3]), imf[2], imf[1], imf[4], imf[5], imf[6]);
  const asctime = ASCTIME.exec(text);
  if (asctime !== null) {
    const [, month, day, hour, minute, second, year] = asctime;
    return seconds(Number(year), month, day, hour, minute, second);
  }
  const old = RFC_850.exec(text);
  if (old === null) return null;
  const thisYear = new Date(nowMs).getUTCFullYear();
  let year = thisYear - (thisYear % 100) + Number(old[3]);
  if (year > thisYear + 50) year -= 100;
  return seconds(year, old[2], old[1], old[4], old[5], old[6]);
}

/** An IMF-fixdate for milliseconds since the epoch, cut to whole seconds. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

function seconds(
  year: number,
  monthName: string | undefined,
  ...rest: readonly (string | undefined)[]
): number | null {
  const month = MONTHS.indexOf(monthName ?? '');
  const [day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number);
  const ms = Date.UTC(year, month, day, hour, minute, Math.min(second, 59));
  const date = new Date(ms);
  const exists =
    month >= 0 && date.getUTCDate() === day && hour < 24 && minute < 60 && second <= 60;
  return exists ? ms / 1000 : null;
}
