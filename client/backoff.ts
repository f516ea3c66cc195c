/**
 * Gives the wait before another try: full jitter over 200 ms doubled per failure in a row, up to `capMs`, on
 * top of `floorMs`, so that senders told the same time do not come back at the same time.
 */
export function backoffMs(failures: number, capMs: number, floorMs: number, random: () => number) {
  return floorMs + random() * Math.min(capMs, 200 * 2 ** failures)
}
