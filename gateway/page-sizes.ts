/** How large pages of entities grow, and how many of them a shard holds in memory. */
export interface PageSizes {
  /** Text of the pages in memory. */
  readonly cacheBytes: number
  /** A page that has more of either is split when it is written. */
  readonly entities: number
  readonly bytes: number
  /** Records of a tile that take more are divided among narrower ones. */
  readonly itemBytes: number
}

/** Decoded, entities take about four times their text: 34 MB, so that a shard stays within 64 MB of an object's 128. */
export const defaultPageSizes: PageSizes = {
  cacheBytes: 8_388_608,
  entities: 64,
  bytes: 65_536,
  itemBytes: 65_536,
}
