/** Records were met that a newer definition admitted than the reader holds: it must not read them by its own. */
export class StaleDefinitions extends Error {
  /** The version that was met. */
  readonly version: number

  constructor(what: string, version: number, known: number) {
    super(`${what} has records of version ${version}, and the reader's definition is of ${known}.`)
    this.version = version
  }
}
