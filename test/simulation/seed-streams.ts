/** Streams of a seed, drawn apart so that leaving something out changes little else. */
export const streams = {
  time: 0,
  faults: 1,
  plan: 2,
  disturbances: 3,
  doublings: 4,
  clocks: 5,
  rollouts: 6,
  hazard: 7,
  evolutions: 8,
  aggregates: 9,
  senders: 10,
  times: 40,
}
