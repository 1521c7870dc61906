// Dates and numbers as French readers write them. Times are those of Paris, as in the mails.

const ZONE = "Europe/Paris";
const moment = new Intl.DateTimeFormat("fr-FR", { timeZone: ZONE, weekday: "short", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat("fr-FR", { timeZone: ZONE, weekday: "long", day: "numeric", month: "long", year: "numeric" });
const isoDay = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE });
const rules = new Intl.PluralRules("fr-FR");
const numbers = new Intl.NumberFormat("fr-FR");

/** « mar. 24 novembre 2026 à 09:31 », in Paris. */
export const moments = (instant: string): string => moment.format(new Date(instant));

/** « mardi 24 novembre 2026 » of an instant, in Paris. */
export const days = (instant: string): string => dayFormat.format(new Date(instant));

/** « mardi 24 novembre 2026 » of a date without a time. */
export const dates = (date: string): string => dayFormat.format(new Date(`${date}T12:00:00Z`));

/** Today in Paris, `2026-11-24`. */
export const today = (): string => isoDay.format(new Date());

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
