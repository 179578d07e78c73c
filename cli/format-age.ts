/** A span of time for people. */

/** @param say puts days, hours and minutes into words */
export function formatAge(
  seconds: number,
  say: (days: number, hours: number, minutes: number) => string,
): string {
  const minutes = Math.floor(seconds / 60);
  return say(Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60);
}
