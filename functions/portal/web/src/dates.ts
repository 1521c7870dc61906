// Dates and numbers as French readers write them. Times are those of Paris, as in the mails.

const ZONE = "Europe/Paris";
const day = { weekday: "long", day: "numeric", month: "long", year: "numeric" } as const;
const time = { hour: "numeric", minute: "2-digit", hourCycle: "h23" } as const;
const moment = new Intl.DateTimeFormat("fr-FR", { timeZone: ZONE, ...day, weekday: "short", ...time });
/** Formats times that were already shifted to the clock they are shown on: not every browser knows zones by their offsets. */
const shifted = new Intl.DateTimeFormat("fr-FR", { timeZone: "UTC", ...day, weekday: "short", ...time });
const hour = new Intl.DateTimeFormat("fr-FR", { timeZone: ZONE, ...time });
const dayFormat = new Intl.DateTimeFormat("fr-FR", { timeZone: ZONE, ...day });
const short = new Intl.DateTimeFormat("fr-FR", { timeZone: ZONE, ...day, weekday: "short", month: "short", ...time });
const isoDay = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE });
const rules = new Intl.PluralRules("fr-FR");
const numbers = new Intl.NumberFormat("fr-FR");

/** Spells out what a format has: the day, the time, or both. */
function spelt(format: Intl.DateTimeFormat, at: Date | number): string {
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const date = part["day"] && `${part["weekday"]} ${part["day"]}${part["day"] === "1" ? "er" : ""} ${part["month"]} ${part["year"]}`;
  const clock = part["hour"] && `${Number(part["hour"])}\u00a0h\u00a0${part["minute"]}`;
  return [date, clock].filter(Boolean).join(" à ");
}

/** « mar. 24 novembre 2026 à 9 h 31 », in Paris. */
export const moments = (instant: string): string => spelt(moment, new Date(instant));

/** « mar. 24 novembre 2026 à 9 h 31 », in Paris; of a buyer overseas at its own hour too, as the mails say it. */
export function deadlines(instant: string, zone?: string | null): string {
  const [, sign, hours = "0", minutes = "00"] = /^([+-])(\d\d):(\d\d)$/.exec(zone ?? "") ?? [];
  if (!sign) return moments(instant);
  const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const name = `UTC${sign === "-" ? "−" : "+"}${Number(hours)}${minutes === "00" ? "" : `:${minutes}`}`;
  return `${moments(instant)} (heure de Paris), soit ${spelt(shifted, new Date(instant).getTime() + offset)} à l’heure de l’acheteur (${name})`;
}

/** « mar. 24 nov., 9 h 31 », in Paris; with its year if that is not this one. */
export function briefly(instant: string): string {
  const { weekday, day, month, year, hour, minute } = Object.fromEntries(short.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
  const other = year === today().slice(0, 4) ? "" : ` ${year}`;
  return `${weekday} ${day === "1" ? "1er" : day} ${month}${other}, ${Number(hour)}\u00a0h\u00a0${minute}`;
}

/** « 14 h 05 », in Paris; with its day if that is not today. */
export function clock(at: number): string {
  const instant = new Date(at).toISOString();
  return isoDay.format(at) === today() ? spelt(hour, at) : moments(instant);
}

/** « mardi 24 novembre 2026 » of an instant, in Paris. */
export const days = (instant: string): string => spelt(dayFormat, new Date(instant));

/** « mardi 24 novembre 2026 » of a date without a time. */
export const dates = (date: string): string => spelt(dayFormat, new Date(`${date}T12:00:00Z`));

/** Today in Paris, `2026-11-24`. */
export const today = (): string => isoDay.format(new Date());

/** « 5 000 ». */
export const number = (value: number): string => numbers.format(value);

/** « 0 dépôt », « 1 dépôt », « 2 dépôts ». */
export const count = (number: number, one: string, other: string): string => `${numbers.format(number)} ${plural(number, one, other)}`;

/** The form that goes with a number; zero is singular in French. */
export const plural = (number: number, one: string, other: string): string => (rules.select(number) === "one" ? one : other);

/** Days, hours or minutes until an instant; null once it has passed. */
export function left(instant: string, now = Date.now()): string | null {
  const minutes = Math.floor((new Date(instant).getTime() - now) / 60_000);
  if (minutes < 0) return null;
  if (minutes < 60) return count(minutes, "minute", "minutes");
  if (minutes < 48 * 60) return count(Math.floor(minutes / 60), "heure", "heures");
  return count(Math.floor(minutes / 1440), "jour", "jours");
}
