/** Thrown into code that goes on although its object, Worker or device is gone; nobody is left to see it. */
export class Gone extends Error {}

/** What a caller sees when the object it called was reset: like the platform's error, it may be retried. */
export class ObjectReset extends Error {
  readonly retryable = true
  constructor() {
    super('The object was reset.')
  }
}

/** Something that runs code and can die: what continues after its death never does anything again. */
export interface Actor {
  readonly name: string
  life: number
  /** How far its clock is ahead of the true time, in milliseconds; it is right unless said. */
  skewMs?: number
  /** Resolves when everything written so far is confirmed: nothing leaves before. */
  gate(): Promise<void>
  crash(): void
}

/** A promise that is never settled: how the dead wait. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {})
}

/** Hands a promise's outcome on only while the actor still lives the same life. */
export async function whileAlive<T>(actor: Actor, life: number, work: Promise<T>): Promise<T> {
  try {
    const value = await work
    return actor.life === life ? value : await never<T>()
  } catch (cause) {
    if (actor.life !== life) return never<T>()
    throw cause
  }
}
